//! The mailbox of a shard: requests in order of arrival, and the names of deleted topics.
//!
//! At most [`MESSAGES_MAX`] requests are in a mailbox, including requests of connections that have
//! closed since. When it is full, further requests are queued in the order in which they were sent;
//! their connections keep reading until they have too many requests or bytes in flight. Waiting is
//! better than an error here: a shard always empties its mailbox, even while it loads, and clients do
//! not expect a retriable error in a heartbeat response.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use coordinator::group::{Context, GroupRequest, GroupResponse};
use parking_lot::Mutex;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, oneshot};
use wire::{ErrorCode, StrBytes};

use crate::request::Memory;

/// Requests in a mailbox.
pub(super) const MESSAGES_MAX: usize = 1024;

/// A request, and the channel for its response.
#[derive(Debug)]
pub(super) struct Message {
    pub request: GroupRequest,
    pub context: Context,
    pub reply: oneshot::Sender<GroupResponse>,
    /// Held until the request is handled, even if its connection closes before that.
    #[expect(dead_code, reason = "held, not read")]
    pub memory: Memory,
}

impl Message {
    fn refuse(self, code: ErrorCode) {
        // The connection may have closed.
        let _ = self.reply.send(self.request.error_response(code));
    }
}

/// The sending side. The mailbox is closed when all clones are dropped.
#[derive(Debug, Clone)]
pub(super) struct Mailbox {
    messages: mpsc::Sender<Message>,
    deleted_topics: Arc<DeletedTopics>,
}

/// The shard's side.
#[derive(Debug)]
pub(super) struct Inbox {
    messages: mpsc::Receiver<Message>,
    deleted_topics: Arc<DeletedTopics>,
}

/// Names of deleted topics whose committed offsets the shard has not removed yet.
#[derive(Debug, Default)]
struct DeletedTopics {
    names: Mutex<BTreeSet<StrBytes>>,
    added: Notify,
}

/// A new, empty mailbox.
pub(super) fn mailbox() -> (Mailbox, Inbox) {
    let (sender, receiver) = mpsc::channel(MESSAGES_MAX);
    let deleted_topics = Arc::new(DeletedTopics::default());
    let mailbox = Mailbox {
        messages: sender,
        deleted_topics: Arc::clone(&deleted_topics),
    };
    let inbox = Inbox {
        messages: receiver,
        deleted_topics,
    };
    (mailbox, inbox)
}

impl Mailbox {
    /// Puts a message into the mailbox, or queues it if the mailbox is full.
    ///
    /// It is queued before this returns, so messages arrive in the order of the calls. The future is
    /// ready when the message is in the mailbox; dropping it before that withdraws the message. The
    /// message is dropped if the shard has ended.
    pub(super) fn send(&self, message: Message) -> impl Future<Output = ()> + Send + use<> {
        let mut waiting = None;
        match self.messages.clone().try_reserve_owned() {
            Ok(place) => {
                place.send(message);
            }
            Err(TrySendError::Closed(_)) => {}
            Err(TrySendError::Full(messages)) => {
                // The first poll queues the message. It must not be deferred because the task has
                // used up its budget.
                let reserving = tokio::task::unconstrained(messages.reserve_owned());
                let mut reserving = Box::pin(reserving);
                let mut context = std::task::Context::from_waker(Waker::noop());
                match Pin::new(&mut reserving).poll(&mut context) {
                    Poll::Ready(Ok(place)) => {
                        place.send(message);
                    }
                    Poll::Ready(Err(_)) => {}
                    Poll::Pending => waiting = Some((reserving, message)),
                }
            }
        }
        async move {
            if let Some((reserving, message)) = waiting
                && let Ok(place) = reserving.await
            {
                place.send(message);
            }
        }
    }

    /// Lets the shard know that topics were deleted.
    pub(super) fn add_deleted_topics(&self, names: &[StrBytes]) {
        let names = names.iter().cloned();
        self.deleted_topics.names.lock().extend(names);
        self.deleted_topics.added.notify_one();
    }

    /// Whether the shard has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.messages.is_closed()
    }
}

impl Inbox {
    /// The next message if there is one now.
    pub(super) fn try_next(&mut self) -> Option<Message> {
        self.messages.try_recv().ok()
    }

    /// Waits for the next event that concerns a running shard.
    pub(super) async fn event(&mut self) -> ShardEvent {
        tokio::select! {
            biased;
            () = self.deleted_topics.added.notified() => {
                ShardEvent::TopicsDeleted(std::mem::take(&mut *self.deleted_topics.names.lock()))
            }
            message = self.messages.recv() => match message {
                Some(message) => ShardEvent::Message(Box::new(message)),
                None => ShardEvent::Closed,
            },
        }
    }

    /// Answers every request with `code` while `future` is pending.
    pub(super) async fn refuse_while<F: Future>(
        &mut self,
        future: F,
        code: ErrorCode,
    ) -> F::Output {
        tokio::pin!(future);
        match self.refuse_until(&mut future, code).await {
            Some(output) => output,
            None => future.await,
        }
    }

    /// As [`Inbox::refuse_while`], but returns `None` when the mailbox is closed before that.
    pub(super) async fn refuse_until<F: Future>(
        &mut self,
        future: F,
        code: ErrorCode,
    ) -> Option<F::Output> {
        tokio::pin!(future);
        loop {
            tokio::select! {
                biased;
                output = &mut future => return Some(output),
                message = self.messages.recv() => message?.refuse(code),
            }
        }
    }

    /// Whether all senders are gone.
    pub(super) fn is_closed(&self) -> bool {
        self.messages.is_closed()
    }
}

/// See [`Inbox::event`].
#[derive(Debug)]
pub(super) enum ShardEvent {
    Message(Box<Message>),
    TopicsDeleted(BTreeSet<StrBytes>),
    /// All senders are gone and the mailbox is empty.
    Closed,
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use wire::messages::HeartbeatRequest;

    use super::*;

    fn message(generation: i32) -> (Message, oneshot::Receiver<GroupResponse>) {
        let (reply, response) = oneshot::channel();
        let message = Message {
            request: GroupRequest::Heartbeat(HeartbeatRequest {
                generation_id: generation,
                ..Default::default()
            }),
            context: Context {
                api_version: 4,
                client_id: StrBytes::EMPTY,
                client_host: StrBytes::EMPTY,
                now_ms: 0,
                random: [0; 16],
            },
            reply,
            memory: Memory::default(),
        };
        (message, response)
    }

    fn generation(inbox: &mut Inbox) -> Option<i32> {
        match inbox.try_next()?.request {
            GroupRequest::Heartbeat(request) => Some(request.generation_id),
            other => panic!("never sent: {other:?}"),
        }
    }

    #[test]
    fn a_full_mailbox_lets_messages_wait_in_order() {
        let (mailbox, mut inbox) = mailbox();
        let mut sending = Vec::new();
        let count = MESSAGES_MAX as i32 + 3;
        for number in 0..count {
            sending.push(Box::pin(mailbox.send(message(number).0).fuse()));
        }
        // The connection of one of them closes.
        drop(sending.remove(MESSAGES_MAX + 1));
        let mut received = Vec::new();
        for _ in 0..count {
            received.extend(generation(&mut inbox));
            // The order in which the waiting futures are polled makes no difference.
            for sending in sending.iter_mut().rev() {
                let _ = sending.as_mut().now_or_never();
            }
        }
        let mut expected: Vec<i32> = (0..count).collect();
        expected.remove(MESSAGES_MAX + 1);
        assert_eq!(received, expected);
    }

    #[test]
    fn requests_are_refused_while_a_shard_loads() {
        let (mailbox, mut inbox) = mailbox();
        let (message, response) = message(1);
        let refused = message
            .request
            .error_response(ErrorCode::CoordinatorLoadInProgress);
        assert!(mailbox.send(message).now_or_never().is_some());
        let loading = std::future::pending::<()>();
        let refusing = inbox.refuse_while(loading, ErrorCode::CoordinatorLoadInProgress);
        assert!(refusing.now_or_never().is_none());
        assert_eq!(response.now_or_never(), Some(Ok(refused)));
        drop(mailbox);
        let waiting = std::future::pending::<()>();
        let refusing = inbox.refuse_until(waiting, ErrorCode::NotCoordinator);
        assert_eq!(refusing.now_or_never(), Some(None));
        assert!(inbox.is_closed());
    }

    #[test]
    fn names_of_deleted_topics_arrive_together() {
        let (mailbox, mut inbox) = mailbox();
        mailbox.add_deleted_topics(&["t".into()]);
        mailbox.add_deleted_topics(&["u".into(), "t".into()]);
        match inbox.event().now_or_never() {
            Some(ShardEvent::TopicsDeleted(names)) => {
                assert_eq!(names, BTreeSet::from(["t".into(), "u".into()]));
            }
            other => panic!("{other:?}"),
        }
        assert!(inbox.event().now_or_never().is_none());
    }
}
