// How actors begin. See keeper.hpp.
#include <pactor/runtime/keeper.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/os/socket.hpp>
#include <pactor/runtime/actor_memory.hpp>

#include <array>
#include <iterator>
#include <string_view>
#include <vector>

namespace pactor::runtime {

namespace {

// So many may be with the zygote at a time: what it has to read, and what it has to say, fits in
// sockets, so it and the keeper never wait for each other.
constexpr std::size_t kClonesAtOnce = 64;

}  // namespace

// fds: the socket for the answer, then those of a BirthKit.
void Keeper::handle(Member& from, const Spawn& request, std::vector<os::Fd> fds) {
  os::Fd answer = std::move(fds.front());
  auto actor = std::make_unique<Member>();
  if (fds.size() < 1 + (kCloneFds - kCertificateFd)) {
    throw BadMessage("a spawn without its descriptors");
  }
  if (!lines_.zygote) {
    refuse_spawn(answer, "the program's zygote process was killed; start the program anew");
    return;
  }
  actor->kit.assign(std::make_move_iterator(fds.begin() + 1), std::make_move_iterator(fds.end()));
  actor->id = ++last_id_;
  actor->creator = from.id;
  actor->name = request.name;
  actor->mailbox = request.mailbox;
  try {
    give_memory(*actor, from.id);
  } catch (const Error& error) {
    refuse_spawn(answer, error.what());
    return;
  }
  set_deadline(*actor, os::deadline_in(std::chrono::milliseconds(request.start_deadline_ms)),
               "its constructor had not returned after " +
                   std::to_string(request.start_deadline_ms) + " ms (Options::start_deadline)");
  actor->birth_answer = std::move(answer);
  from.created.insert(actor->id);
  from.sends_to.emplace(actor->id, mail::kCreatorChannel);
  to_clone_.push_back(actor->id);
  members_.emplace(actor->id, std::move(actor));
  clone_waiting();
}

void Keeper::give_memory(Member& actor, ActorId creator) {
  actor.memory =
      afford(os::create_shared_memory("pactor-actor", actor_memory_bytes(actor.mailbox)));
  actor.mailbox_pages = os::Mapping(actor.memory, 0, mail::kMailboxBytes, os::Access::read_write);
  for (const auto& [number, sender] :
       {std::pair{mail::kSelfChannel, actor.id}, std::pair{mail::kCreatorChannel, creator}}) {
    actor.channels.emplace(number, Channel{.memory = {}, .sender = sender});
    mail::begin_channel(place(actor, number), actor.mailbox);
  }
  actor.close_watch = close_watch_.add(actor.memory);
  if (actor.close_watch != os::CloseWatch::kNone) {
    by_close_watch_.emplace(actor.close_watch, actor.id);
  }
}

void Keeper::clone_waiting() {
  while (!to_clone_.empty() && being_cloned_.size() < kClonesAtOnce) {
    const ActorId id = to_clone_.front();
    to_clone_.pop_front();
    Member* actor = find(id);
    std::vector<int> fds{actor->memory.get()};
    for (const os::Fd& each : actor->kit) fds.push_back(each.get());
    being_cloned_.push_back(id);
    answer_with(lines_.zygote,
                Clone{.actor = id, .creator = find(actor->creator)->pid, .mailbox = actor->mailbox},
                fds);
    actor->kit.clear();
  }
}

void Keeper::refuse_spawn(const os::Fd& answer, std::string reason) const {
  constexpr std::string_view kOurs = "pactor: ";  // said by the asker, who has the actor's name
  if (reason.starts_with(kOurs)) reason.erase(0, kOurs.size());
  answer_with(answer, SpawnAnswer{.outcome = SpawnOutcome::refused, .reason = std::move(reason)});
}

void Keeper::handle_zygote() {
  if (!lines_.zygote) return;  // its end was seen among the same events
  for (;;) {
    const os::Received received = os::receive_message(lines_.zygote, os::Deadline::min());
    if (received.state == os::Received::State::closed) return zygote_ended();
    if (received.state != os::Received::State::message || being_cloned_.empty()) return;
    wire::Decoder decoder(received.bytes);
    const auto cloned = wire::decode<Cloned>(decoder);
    const ActorId id = being_cloned_.front();
    being_cloned_.pop_front();
    clone_waiting();
    if (cloned.pid > 0) {
      begin_life(*find(id), cloned.pid);
    } else {
      refuse_spawn(find(id)->birth_answer, std::string("cannot make a process: ") +
                                               ::strerrordesc_np(-cloned.pid) +
                                               " (see `ulimit -u` and the pids limit of the "
                                               "container)");
      forget(id);
    }
    if (being_cloned_.empty()) all_cloned();
  }
}

void Keeper::begin_life(Member& member, pid_t pid) {
  // It may have spoken, and ended, before the zygote's word came.
  const auto ended_before = ended_early_.extract(pid);
  auto said = held_.extract(pid);
  member.pid = pid;
  if (ended_before.empty()) {
    by_pid_.emplace(pid, member.id);
    if (!member.killed_because.empty()) kill(member, member.killed_because);
  }
  if (!said.empty()) {
    for (os::Received& request : said.mapped()) handle_bytes(member, std::move(request));
  }
  if (!ended_before.empty()) {
    ended(member, ended_before.mapped());
  } else if (member.memory_closed) {
    memory_closed(member);
  }
}

// Whoever has not been told of is no actor.
void Keeper::all_cloned() {
  held_.clear();
  ended_early_.clear();
}

void Keeper::born(Member& member) {
  if (!member.birth_answer) return;
  set_deadline(member, os::kNever, {});
  const std::array fds{member.memory.get()};
  const auto& control = *member.mailbox_pages.as<mail::Control>(mail::kControlOffset);
  answer_with(member.birth_answer,
              SpawnAnswer{.outcome = SpawnOutcome::born,
                          .actor = member.id,
                          .pid = member.pid,
                          .stamp = control.last_stamp.load(std::memory_order_acquire)},
              fds);
  member.birth_answer.reset();
}

}  // namespace pactor::runtime
