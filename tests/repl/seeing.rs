//! What a user sees besides the texts of rows.

use crate::terminal::Terminal;

impl Terminal {
    /// Waits until the cursor is in the last row, before this column.
    pub(crate) fn wait_for_cursor(&mut self, column: u16) {
        self.wait_until("the cursor", |terminal| {
            let (row, at) = terminal.parser.screen().cursor_position();
            at == column && usize::from(row) + 1 == terminal.rows().len()
        });
    }

    /// Returns the color in which the last occurrence of a text begins, and whether it is bold.
    pub(crate) fn looks(&self, text: &str) -> (vt100::Color, bool) {
        let rows = (0..).zip(self.rows());
        let places = rows.filter_map(|(row, shown)| Some((row, shown.rfind(text)?)));
        let (row, at) = places.last().unwrap_or_else(|| panic!("no `{text}`"));
        let cell = self.parser.screen().cell(row, at.try_into().unwrap()).unwrap();
        (cell.fgcolor(), cell.bold())
    }

    /// Returns the number of bells, and the desktop notifications.
    pub(crate) fn calls(&self) -> (usize, Vec<String>) {
        let told = self.parser.callbacks();
        (told.bells, told.notices.clone())
    }

    /// Returns everything that the terminal has shown: the rows that have left the screen, and
    /// those on it, with wrapped rows joined.
    pub(crate) fn everything(&mut self) -> Vec<String> {
        let screen = self.parser.screen_mut();
        let (height, width) = screen.size();
        let (height, width) = (usize::from(height.get()), width.get());
        let mut lines = vec![String::new()];
        // Screens from the top of the scrollback to the bottom.
        let mut above = screen.scrollback_len();
        let mut left = above + height;
        while left > 0 {
            screen.set_scrollback(above);
            let rows = (0..).zip(screen.rows(0, width));
            // The last screen begins with rows of the one before.
            let rows: Vec<_> = rows.take(height).skip(height.saturating_sub(left)).collect();
            for (row, text) in &rows {
                lines.last_mut().unwrap().push_str(text);
                if !screen.row_wrapped(*row) {
                    lines.push(String::new());
                }
            }
            left -= rows.len();
            above = above.saturating_sub(height);
        }
        screen.set_scrollback(0);
        lines.iter().map(|line| line.trim_end().to_owned()).filter(|it| !it.is_empty()).collect()
    }

    /// Resizes the terminal, and waits until the program has redrawn everything. Keys that are
    /// typed before that are drawn for the former size, which no terminal can show correctly.
    pub(crate) fn resize(&mut self, (rows, columns): (u16, u16)) {
        self.parser.set_size(rows.try_into().unwrap(), columns.try_into().unwrap());
        // An empty screen shows the redrawing: what is left of an earlier one has no text.
        self.parser.process(b"\x1b[2J");
        self.pty.resize(pty_process::Size::new(rows, columns)).unwrap();
        self.wait_until("the line in the new size", |terminal| !terminal.rows().is_empty());
    }
}
