// How actors begin. See keeper.hpp.
#include <pactor/runtime/keeper.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/os/socket.hpp>
#include <pactor/runtime/actor_memory.hpp>

#include <array>
#include <string_view>
#include <vector>

namespace pactor::runtime {

namespace {

// So many may be with the zygote at a time: what it has to read, and what it has to say, fits in
// sockets, so it and the keeper never wait for each other.
constexpr std::size_t kClonesAtOnce = 64;

// As spawn() cuts them: one whose memory is damaged may not have, and a name has to fit all reports.
constexpr std::size_t kLongestName = 200;

}  // namespace

// fds: the socket for the answer, then those of a BirthKit.
void Keeper::handle(Member& from, const Spawn& request, std::vector<os::Fd> fds) {
  os::Fd answer = std::move(fds.front());
  auto actor = std::make_unique<Member>();
  fds.erase(fds.begin());
  if (fds.size() < kCloneFds - kCertificateFd) throw BadMessage("a spawn without its descriptors");
  if (!lines_.zygote) {
    refuse_spawn(answer, "the program's zygote process was killed; start the program anew");
    return;
  }
  reserve_.refill();  // what came before it in the same event may have taken from it
  if (!reserve_.whole()) {
    refuse_spawn(
        answer,
        "the keeper has no memory for another one; have fewer actors, or raise the memory limit");
    return;
  }
  actor->kit = std::move(fds);
  actor->id = ++last_id_;
  actor->creator = from.id;
  actor->creator_pid = from.pid;
  actor->name = request.name.substr(0, kLongestName);
  actor->mailbox = request.mailbox;
  actor->restart = request.restart;
  try {
    give_memory(*actor, from.id);
  } catch (const Error& error) {
    refuse_spawn(answer, error.what());
    return;
  }
  actor->construction.ms = request.start_deadline_ms;
  actor->birth_answer = std::move(answer);
  from.created.insert(actor->id);
  from.sends_to.emplace(actor->id, mail::kCreatorChannel);
  const ActorId id = actor->id;
  begin_process(*members_.emplace(id, std::move(actor)).first->second);
}

// Its first process or, with the memory of that, a later one.
void Keeper::begin_process(Member& actor) {
  actor.construction.until = os::deadline_in(std::chrono::milliseconds(actor.construction.ms));
  watch_deadlines(actor);
  to_clone_.push_back(actor.id);
  clone_waiting();
}

void Keeper::give_memory(Member& actor, ActorId creator) {
  actor.memory =
      afford(os::create_shared_memory("pactor-actor", actor_memory_bytes(actor.mailbox)));
  os::reserve_pages(actor.memory, 0, mail::kMailboxBytes);
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
    if (!actor->killed_because.empty()) {
      end_for_good(*actor, account(*actor, {}));
      continue;
    }
    std::vector<int> fds = os::numbers_of(actor->kit);
    fds.insert(fds.begin(), actor->memory.get());
    const bool asked =
        answer_with(lines_.zygote,
                    Clone{.actor = id,
                          .creator = actor->creator_pid,
                          .mailbox = actor->mailbox,
                          .restart = {.number = actor->restarts,
                                      .of = actor->restart.max,
                                      .crashes = {actor->unsaid.begin(), actor->unsaid.end()}}},
                    fds);
    if (!asked) {  // so the zygote will not answer for this one
      not_cloned(*actor, "the program's zygote process cannot be asked to make a process");
      continue;
    }
    being_cloned_.push_back(id);
    if (actor->restarts >= actor->restart.max) actor->kit.clear();
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
    const os::Received received = receive(lines_.zygote);
    if (received.state == os::Received::State::closed) return zygote_ended();
    if (received.state != os::Received::State::message || being_cloned_.empty()) return;
    Cloned cloned;
    try {
      wire::Decoder decoder(received.bytes);
      cloned = wire::decode<Cloned>(decoder);
    } catch (const BadMessage&) {
      return zygote_ended();  // its memory is damaged: nobody can say who has been cloned
    }
    const ActorId id = being_cloned_.front();
    being_cloned_.pop_front();
    clone_waiting();
    if (cloned.pid > 0) {
      begin_life(*find(id), cloned.pid);
    } else {
      not_cloned(*find(id), std::string("cannot make a process: ") +
                                ::strerrordesc_np(-cloned.pid) +
                                " (see `ulimit -u` and the pids limit of the container)");
    }
    if (being_cloned_.empty()) all_cloned();
  }
}

void Keeper::not_cloned(Member& member, const std::string& reason) {
  if (member.birth_answer) {
    refuse_spawn(member.birth_answer, reason);
    forget(member.id);
    return;
  }
  Exit exit = *member.last_crash;
  exit.text += (exit.text.empty() ? "" : "; ") + ("not restarted: " + reason);
  end_for_good(member, exit);
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
    member.pid = 0;  // it has been reaped
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
  member.construction.until = os::kNever;
  watch_deadlines(member);
  if (!member.birth_answer) return;
  const std::array fds{member.memory.get()};
  const auto& control = *member.mailbox_pages.as<mail::Control>(mail::kControlOffset);
  const bool told =
      answer_with(member.birth_answer,
                  SpawnAnswer{.outcome = SpawnOutcome::born,
                              .actor = member.id,
                              .pid = member.pid,
                              .stamp = control.last_stamp.load(std::memory_order_relaxed)},
                  fds);
  member.birth_answer.reset();
  if (!told) kill(member, "its creator could not be told of its birth");
}

}  // namespace pactor::runtime
