//! One end of a session as a state machine: no I/O, no clock, no tasks.
//!
//! What the program writes is gathered into data frames; [`Session::next_frame`] hands them out as credit allows. What
//! arrives is checked and queued for [`Session::read`]. The first rule that is broken ends the session: nothing more is
//! read or written, and the one frame left to send says why.
//!
//! `now` is the time since any fixed moment, and never goes back.

mod receiving;
mod sending;

use std::time::Duration;

use bytes::Bytes;
use edgeward_wire::frame::{Body, CloseCode, DataBuffer, Frame, FrameError};

use crate::{CloseReason, Limits, Violation};
use receiving::Receiving;
use sending::Sending;

/// One end of a session.
#[derive(Debug)]
pub struct Session {
    id: u64,
    phase: Phase,
    sending: Sending,
    receiving: Receiving,
    next_number: u64,
}

#[derive(Debug)]
enum Phase {
    Open,
    Ended {
        reason: CloseReason,
        /// The close frame that is still to be sent.
        farewell: Option<(CloseCode, String)>,
    },
}

/// What there is to read.
#[derive(PartialEq, Eq, Debug)]
pub enum Read {
    /// The next bytes of the stream.
    Bytes(Bytes),
    /// Nothing yet.
    Pending,
    /// The other end has finished, and all was read.
    Finished,
    /// The session is over; nothing more will come.
    Ended(CloseReason),
}

/// What can be written.
#[derive(PartialEq, Eq, Debug)]
pub enum Written {
    /// So many bytes were taken, at least one.
    Taken(usize),
    /// Nothing now; after the next data frame was handed out there is room.
    Full,
    /// This end has finished, or the session is over.
    Ended(CloseReason),
}

/// A frame that is to be sent next. Sealing computes the checksum, which needs no access to the session.
#[derive(Debug)]
pub struct Unsealed {
    session: u64,
    number: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Data { buffer: DataBuffer, ask: bool },
    Other(Body),
}

impl Unsealed {
    /// The frame's bytes.
    pub fn seal(self) -> Bytes {
        match self.content {
            Content::Data { buffer, ask } => buffer.seal(self.session, self.number, ask),
            Content::Other(body) => Frame {
                session: self.session,
                number: self.number,
                body,
            }
            .encode(),
        }
    }
}

impl Session {
    /// A session of which nothing was sent yet.
    pub fn new(id: u64, limits: Limits) -> Self {
        Self {
            id,
            phase: Phase::Open,
            sending: Sending::new(limits),
            receiving: Receiving::new(limits.window_bytes),
            next_number: 0,
        }
    }

    /// Its id, in every frame.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Why it ended, once it has.
    pub fn reason(&self) -> Option<&CloseReason> {
        match &self.phase {
            Phase::Open => None,
            Phase::Ended { reason, .. } => Some(reason),
        }
    }

    /// Takes bytes to send, as many as have room.
    pub fn write(&mut self, bytes: &[u8]) -> Written {
        if let Phase::Ended { reason, .. } = &self.phase {
            return Written::Ended(reason.clone());
        }
        if self.sending.is_finishing() {
            return Written::Ended(CloseReason::Finished);
        }
        match self.sending.write(bytes) {
            0 if !bytes.is_empty() => Written::Full,
            taken => Written::Taken(taken),
        }
    }

    /// No more will be written; what was written is still sent, and then the other end reads the end.
    pub fn finish(&mut self) {
        self.sending.finish();
    }

    /// Whether everything written, and the end if there is one, was handed out.
    pub fn is_flushed(&self) -> bool {
        self.sending.is_flushed()
    }

    /// The next bytes that arrived. Taking them is what earns the other end new credit.
    pub fn read(&mut self) -> Read {
        if let Some(bytes) = self.receiving.take() {
            return Read::Bytes(bytes);
        }
        if self.receiving.is_finished() {
            return Read::Finished;
        }
        match &self.phase {
            Phase::Open => Read::Pending,
            Phase::Ended { reason, .. } => Read::Ended(reason.clone()),
        }
    }

    /// Whether [`Session::next_frame`] has one to hand out now.
    pub fn has_frame(&mut self) -> bool {
        match &self.phase {
            Phase::Ended { farewell, .. } => farewell.is_some(),
            Phase::Open => {
                self.receiving.is_credit_due()
                    || self.sending.may_send_data()
                    || self.sending.is_finish_due()
            }
        }
    }

    /// Whether [`Session::read`] has anything but "nothing yet" to say.
    pub fn is_readable(&self) -> bool {
        matches!(self.phase, Phase::Ended { .. }) || self.receiving.is_readable()
    }

    /// Whether there is room to write, or all is flushed, or writing is over.
    pub fn is_writable(&self) -> bool {
        matches!(self.phase, Phase::Ended { .. })
            || self.sending.is_flushed()
            || (self.sending.has_room() && !self.sending.is_finishing())
    }

    /// Takes a frame that arrived, as decoded. One of another session is ignored: it is late, and says nothing of this one.
    ///
    /// # Errors
    /// Why the session is over, now or since earlier.
    pub fn receive(
        &mut self,
        frame: Result<Frame, FrameError>,
        now: Duration,
    ) -> Result<(), CloseReason> {
        if let Phase::Ended { reason, .. } = &self.phase {
            return Err(reason.clone());
        }
        let accepted = match frame {
            Ok(frame) if frame.session != self.id => return Ok(()),
            Ok(frame) => self.accept(frame, now),
            Err(error) => Err(Violation::Malformed(error)),
        };
        if let Err(violation) = accepted {
            self.end(CloseReason::Violation(violation));
        }
        match &self.phase {
            Phase::Open => Ok(()),
            Phase::Ended { reason, .. } => Err(reason.clone()),
        }
    }

    fn accept(&mut self, frame: Frame, now: Duration) -> Result<(), Violation> {
        self.receiving.check_number(frame.number)?;
        match frame.body {
            Body::Data { bytes, ask } => self.receiving.data(bytes, ask)?,
            Body::Credit(bytes) => self.sending.credit(bytes, now)?,
            Body::Finish => {
                self.receiving.finish()?;
                self.end_if_both_finished();
            }
            Body::Close { code, text } => self.end(CloseReason::Peer { code, text }),
        }
        Ok(())
    }

    /// Ends the session here and now. The first reason stays. What was received in order before the other end's own close
    /// may still be read; for any other reason it is dropped.
    pub fn end(&mut self, reason: CloseReason) {
        if matches!(self.phase, Phase::Ended { .. }) {
            return;
        }
        let farewell = match &reason {
            CloseReason::Finished | CloseReason::Peer { .. } | CloseReason::WayLost => None,
            CloseReason::Dropped => Some((CloseCode::Done, "the stream was dropped".to_owned())),
            CloseReason::Unresponsive => Some((CloseCode::Done, reason.to_string())),
            CloseReason::Aborted { code, text } => Some((*code, text.clone())),
            CloseReason::Violation(violation) => {
                Some((CloseCode::Violation, violation.to_string()))
            }
        };
        if !matches!(reason, CloseReason::Finished | CloseReason::Peer { .. }) {
            self.receiving.clear();
        }
        self.sending.clear();
        self.phase = Phase::Ended { reason, farewell };
    }

    /// The next frame to send, if one may be sent now. Afterwards there may be room to write.
    pub fn next_frame(&mut self, now: Duration) -> Option<Unsealed> {
        let content = match &mut self.phase {
            Phase::Ended { farewell, .. } => {
                let (code, text) = farewell.take()?;
                Content::Other(Body::Close { code, text })
            }
            Phase::Open => self.next_content(now)?,
        };
        let number = self.next_number;
        self.next_number += 1;
        Some(Unsealed {
            session: self.id,
            number,
            content,
        })
    }

    fn next_content(&mut self, now: Duration) -> Option<Content> {
        if let Some(consumed) = self.receiving.credit_due() {
            return Some(Content::Other(Body::Credit(consumed)));
        }
        if let Some((buffer, ask)) = self.sending.next_data(now) {
            return Some(Content::Data { buffer, ask });
        }
        if self.sending.take_finish() {
            self.end_if_both_finished();
            return Some(Content::Other(Body::Finish));
        }
        None
    }

    fn end_if_both_finished(&mut self) {
        if self.receiving.got_finish() && self.sending.sent_finish() {
            self.end(CloseReason::Finished);
        }
    }
}

#[cfg(test)]
mod tests;
