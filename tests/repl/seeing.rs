//! What a person sees besides the texts of rows.

use crate::terminal::Terminal;

impl Terminal {
    /// Waits until the cursor stands in the last row, before this column.
    pub(crate) fn wait_for_cursor(&mut self, column: u16) {
        self.wait_until("the cursor", |terminal| {
            let (row, at) = terminal.parser.screen().cursor_position();
            at == column && usize::from(row) + 1 == terminal.rows().len()
        });
    }

    /// Tells the colour in which the last occurrence of a text begins, and whether it is bold.
    pub(crate) fn looks(&self, text: &str) -> (vt100::Color, bool) {
        let rows = (0..).zip(self.rows());
        let places = rows.filter_map(|(row, shown)| Some((row, shown.rfind(text)?)));
        let (row, at) = places.last().unwrap_or_else(|| panic!("no `{text}`"));
        let cell = self.parser.screen().cell(row, at.try_into().unwrap()).unwrap();
        (cell.fgcolor(), cell.bold())
    }
}
