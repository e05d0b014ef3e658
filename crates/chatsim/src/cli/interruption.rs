//! Ctrl-C during a run.

use std::future::{Future as _, poll_fn};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::thread;

use tokio::sync::oneshot;

/// Lets work check whether the user wants it to end, and learns when all results are written.
pub(super) struct Interruption {
    is_asked: Arc<AtomicBool>,
    is_waiting: AtomicBool,
    written: Mutex<Option<oneshot::Sender<()>>>,
}

/// How work ended.
pub(super) enum Ending<T> {
    /// It was done.
    Done(T),
    /// The user stopped it.
    Interrupted,
}

impl Interruption {
    /// Returns whether the user wants the work to end.
    pub(super) fn is_asked(&self) -> bool {
        self.is_asked.load(Ordering::SeqCst)
    }

    /// Waits for something, but no longer than until the user wants the work to end.
    pub(super) fn wait<T>(&self, wait: impl FnOnce() -> T) -> Option<T> {
        self.is_waiting.store(true, Ordering::SeqCst);
        let awaited = (!self.is_asked()).then(wait);
        self.is_waiting.store(false, Ordering::SeqCst);
        awaited
    }

    /// Returns the flag that is set when the user wants the work to end.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_asked)
    }

    /// Reports that all results are written: if the user wants the work to end, it may end now.
    pub(super) fn all_is_written(&self) {
        if self.is_asked()
            && let Some(written) =
                self.written.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            // If the receiver is gone, the program ends anyway.
            written.send(()).ok();
        }
    }
}

/// Runs work on a thread of its own. At the first Ctrl-C, it ends early and reports what it has
/// done so far; the second one ends the wait for it.
///
/// # Errors
///
/// Signal handlers cannot be installed.
pub(super) fn until_interrupted<T: Send + 'static>(
    work: impl FnOnce(&Interruption) -> T + Send + 'static,
) -> io::Result<Ending<T>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (done, mut is_done) = oneshot::channel();
    let (written, is_written) = oneshot::channel();
    let (is_asked, is_waiting) = (Arc::default(), AtomicBool::new(false));
    let written = Mutex::new(Some(written));
    let interruption = Arc::new(Interruption { is_asked, is_waiting, written });
    let mut first = Box::pin(tokio::signal::ctrl_c());
    // Polled once, it installs the handler before the work begins.
    let polled = runtime.block_on(poll_fn(|context| Poll::Ready(first.as_mut().poll(context))));
    if let Poll::Ready(Err(refused)) = polled {
        return Err(refused);
    }
    let worker = thread::spawn({
        let interruption = Arc::clone(&interruption);
        move || drop(done.send(work(&interruption)))
    });
    let result = runtime.block_on(async {
        tokio::select! {
            biased;
            result = &mut is_done => return Some(result),
            Ok(()) = first => interruption.is_asked.store(true, Ordering::SeqCst),
        }
        if interruption.is_waiting.load(Ordering::SeqCst) {
            return None;
        }
        tokio::select! {
            biased;
            result = &mut is_done => Some(result),
            Ok(()) = is_written => None,
            Ok(()) = tokio::signal::ctrl_c() => None,
        }
    });
    match result {
        Some(Ok(result)) => Ok(Ending::Done(result)),
        Some(Err(_)) => match worker.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(()) => Err(io::Error::other("the run ended without a result")),
        },
        None => Ok(Ending::Interrupted),
    }
}
