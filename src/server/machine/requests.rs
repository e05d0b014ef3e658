//! What the server does about each request of a client.
//!
//! **The server relays.** A client asks for a message to be stored after the receiver did not
//! answer it directly. If the receiver seems to be online, the server asks it *with the message
//! itself*. If that is acknowledged, the author gets the answer that the receiver exists, and the
//! message is delivered already. So two clients that both reach the server, but not each other, can
//! still talk. The message keeps its id on every path, and a receiver shows an id once.
//!
//! **A group message is stored for every member until that member has it**, whether it is online or
//! not: the server may crash right after it has accepted the message. A member that does not answer
//! loses its membership, not the message, and the table is corrected for all clients. A client that
//! has only restarted does not count as silent.
//!
//! **A request may be repeated.** A client that the server has forgotten registers first and then
//! asks again what is not answered, under the same request ids. A repeated request about groups is
//! answered as before; to repeat any other one does no harm.

use super::super::links::{Awaited, PROBING, TO_CLIENT};
use super::super::report::{Departure, Report};
use super::super::request::{Caller, Connect};
use super::super::words::Notice;
use super::Server;
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Address, Answer, ClientName, DirectText, Fact, Fate, GroupName, GroupText, KeptText, MessageId,
    Packet, Request, RequestId, TableVersion, Text, codec,
};

/// A request about groups, whose answer is remembered in case it is repeated.
#[derive(Debug)]
enum GroupRequest {
    Create(GroupName),
    List,
    Join(GroupName),
    ListMembers,
    Leave,
    Send { group: GroupName, text: Text },
}

impl Server {
    /// Sorts a request by who may make it, and by what is done if it is repeated.
    pub(super) fn on_request(&mut self, from: Address, id: RequestId, request: Request) {
        match request {
            Request::Connect { name, known, initiative } => {
                self.on_connect(Connect { name, address: from, request: id, known, initiative });
            }
            Request::Dereg => self.for_client(from, id, Self::on_dereg),
            Request::Leave => self.for_client(from, id, Self::on_leave),
            Request::Refresh { known } => {
                self.for_client(from, id, |server, caller| server.on_refresh(caller, known));
            }
            Request::Save { to, text } => {
                self.for_client(from, id, |server, caller| server.on_save(caller, to, text));
            }
            Request::Withdraw { to, number } => {
                self.for_client(from, id, |server, caller| server.on_withdraw(caller, to, number));
            }
            Request::CreateGroup(group) => {
                self.on_group_request(from, id, GroupRequest::Create(group));
            }
            Request::ListGroups => self.on_group_request(from, id, GroupRequest::List),
            Request::JoinGroup(group) => {
                self.on_group_request(from, id, GroupRequest::Join(group));
            }
            Request::ListMembers => self.on_group_request(from, id, GroupRequest::ListMembers),
            Request::LeaveGroup => self.on_group_request(from, id, GroupRequest::Leave),
            Request::SendAll { group, text } => {
                self.on_group_request(from, id, GroupRequest::Send { group, text });
            }
        }
    }

    /// Handles a request of a registered client. One that is repeated is handled again.
    fn for_client(
        &mut self,
        address: Address,
        request: RequestId,
        handle: impl FnOnce(&mut Self, Caller),
    ) {
        if let Some(name) = self.admit(address) {
            handle(self, Caller { name, address, request });
        }
    }

    /// Handles a request of a registered client about groups. One that is repeated is answered as
    /// before.
    fn on_group_request(&mut self, from: Address, id: RequestId, request: GroupRequest) {
        self.for_client(from, id, |server, caller| {
            server.answer_group_request(caller, request);
        });
    }

    fn answer_group_request(&mut self, caller: Caller, request: GroupRequest) {
        let client = caller.name;
        if let Some(answer) = self.groups.answer_before(client, caller.request).cloned() {
            return self.answer_caller(caller, answer);
        }
        let outcome = match request {
            GroupRequest::Create(group) => self.groups.create(client, group),
            GroupRequest::List => self.groups.list(client),
            GroupRequest::Join(group) => self.groups.join(client, group),
            GroupRequest::ListMembers => self.groups.list_members(client),
            GroupRequest::Leave => self.groups.leave(client),
            GroupRequest::Send { group, text } => {
                let answer = self.send_to_group(client, group, text);
                return self.finish_group_request(caller, answer);
            }
        };
        self.outputs.extend(outcome.effects);
        self.finish_group_request(caller, outcome.answer);
    }

    fn finish_group_request(&mut self, caller: Caller, answer: Answer) {
        self.groups.note_answer(caller.name, caller.request, answer.clone());
        self.finish(caller, answer);
    }

    fn on_dereg(&mut self, caller: Caller) {
        self.outputs.report(Report::Gone { client: caller.name, how: Departure::Deregistered });
        self.go_away(caller.name);
        self.answer_caller(caller, Answer::Deregistered);
        self.outputs.notify(Notice::Answered);
        self.outputs.notify(Notice::Listening);
    }

    fn on_leave(&mut self, caller: Caller) {
        self.outputs.report(Report::Gone { client: caller.name, how: Departure::Left });
        self.go_away(caller.name);
        self.registry.unbind(caller.name);
        let packet = Packet::Answer(caller.request, Answer::Deregistered);
        self.post(caller.address, &packet, TO_CLIENT, Some(Awaited::Farewell));
        self.outputs.notify(Notice::Listening);
    }

    fn on_refresh(&mut self, caller: Caller, known: Option<TableVersion>) {
        self.registry.refresh(caller.name, known);
        self.answer(caller.address, caller.request, Answer::Refreshed);
        self.send_news(caller.name);
        self.outputs.notify(Notice::Listening);
    }

    /// Handles a request to keep a message. A receiver that seems to be online is asked first, with
    /// the message itself.
    fn on_save(&mut self, caller: Caller, to: ClientName, text: Text) {
        if !self.registry.contains(to) {
            return self.finish(caller, Answer::NoSuchUser);
        }
        let Some(receiver) = self.registry.online_address(to) else {
            return self.keep_for(to, caller, text);
        };
        self.send_news(to);
        if sabotage::has(Bug::RelayConfirmedUnasked) {
            return self.on_relayed(to, caller, text.number);
        }
        let packet = Packet::Relay(DirectText { from: caller.name, text: text.clone() });
        let awaited = Awaited::Relay { to, caller, text };
        self.post(receiver, &packet, PROBING, Some(awaited));
    }

    /// The receiver of a message was online, and has it now.
    pub(super) fn on_relayed(&mut self, to: ClientName, caller: Caller, number: u64) {
        self.mail.count_direct();
        self.outputs.report(Report::Direct { id: MessageId { from: caller.name, number }, to });
        if let Some(row) = self.registry.row(to) {
            self.answer_caller(caller, Answer::Exists(row));
        }
        self.outputs.notify(Notice::Listening);
    }

    /// Handles a request of an author to take a message back.
    fn on_withdraw(&mut self, caller: Caller, to: ClientName, number: u64) {
        let id = MessageId { from: caller.name, number };
        // Once the receiver is fetching it, it can no longer be withdrawn.
        let is_checked = !sabotage::has(Bug::WithdrawnWhileFetched);
        let may_have = |letter| is_checked && self.registry.may_have(to, letter);
        let kept = self.mail.withdrawable(to, id).filter(|letter| !may_have(*letter));
        // The author learns of it by a receipt, which comes even if this answer is lost.
        let owed = kept.and_then(|kept| self.settle(to, kept, Fate::Withdrawn));
        let answer = if owed.is_some() { Answer::Withdrawn } else { Answer::NotKept };
        if let Some((author, number)) = owed {
            self.send_receipt(author, number);
        }
        self.finish(caller, answer);
    }

    /// Sends a message to all members but its author: now, or later to those that are offline. It
    /// is kept for each of them until they have it. A repeated message is not taken twice.
    fn send_to_group(&mut self, from: ClientName, group: GroupName, text: Text) -> Answer {
        let kept = KeptText { from, group: Some(group), text };
        let id = kept.id();
        let is_member = self.groups.of(from) == Some(group);
        let is_judged_first = sabotage::has(Bug::MemberBeforeTaken);
        if self.mail.has_taken(id) && (is_member || !is_judged_first) {
            return Answer::GroupMessageTaken;
        }
        if !is_member {
            self.outputs.notify(Notice::Answered);
            return Answer::NotMember;
        }
        let mut members = self.groups.members(group);
        if sabotage::has(Bug::GroupsAreMixed) {
            members = self.groups.memberships().map(|(member, _)| member).collect();
        }
        members.retain(|member| *member != from || sabotage::has(Bug::AuthorHearsItself));
        if let Err(bound) = self.mail.room_for(&members, &kept) {
            self.outputs.report(Report::NoRoom { id, bound });
            return Answer::Full(bound);
        }
        self.outputs.report(Report::GroupMessage { id, group });
        self.outputs.notify(Notice::GroupMessage { from, group, body: kept.text.body.clone() });
        let (online, away): (Vec<_>, Vec<_>) =
            members.into_iter().partition(|to| self.registry.online_address(*to).is_some());
        let members = away.iter().chain(&online);
        let numbers: Vec<_> = members.map(|to| (*to, self.keep(*to, &kept))).collect();
        for (to, _) in &numbers {
            self.outputs.state(Fact::Addressed { id, to: *to });
        }
        for to in &away {
            self.state_kept(id, *to);
        }
        let packet = Packet::Group(GroupText { from, group, text: kept.text });
        let packet = codec::encode_packet(&packet);
        for (member, number) in numbers.into_iter().skip(away.len()) {
            self.send_to_member(member, number, id, &packet);
        }
        Answer::GroupMessageTaken
    }

    /// Sends an encoded message to a member, for whom it is kept under a number.
    fn send_to_member(&mut self, member: ClientName, number: u64, id: MessageId, packet: &[u8]) {
        self.send_news(member);
        let Some(to) = self.registry.online_address(member) else {
            return self.state_kept(id, member);
        };
        self.mail.send(member, number);
        if sabotage::has(Bug::GroupMailNotKept) {
            self.remove_mail(member, number);
        }
        let session = self.registry.session_of(member);
        let awaited = Some(Awaited::Group { member, number, session });
        self.post_encoded(to, packet.to_vec(), TO_CLIENT, awaited);
    }
}
