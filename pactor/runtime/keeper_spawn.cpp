// How actors begin. See keeper.hpp.
#include <pactor/runtime/keeper.hpp>

#include <pactor/mail/channel.hpp>
#include <pactor/os/failure.hpp>
#include <pactor/os/socket.hpp>

#include <array>
#include <vector>

namespace pactor::runtime {

namespace {

// Descriptors of a Spawn request; what lies behind kAnswer goes on to the actor, and behind
// these lie those of its constructor's arguments.
enum SpawnFd : std::size_t { kAnswer, kCertificate, kDirectory, kIn, kOut, kErr, kSpawnFds };

}  // namespace

void Keeper::handle(Member& from, const Spawn& request, std::vector<os::Fd> fds) {
  os::Fd answer = std::move(fds[kAnswer]);
  if (fds.size() < kSpawnFds) throw BadMessage("a spawn without its descriptors");
  if (!zygote_) {
    refuse_spawn(answer, "the program's zygote process was killed; start the program anew");
    return;
  }
  auto actor = std::make_unique<Member>();
  actor->id = ++last_id_;
  actor->creator = from.id;
  actor->name = request.name;
  try {
    actor->mailbox = os::create_shared_memory("pactor-mailbox", mail::kMailboxBytes);
    actor->mailbox_pages =
        os::Mapping(actor->mailbox, 0, mail::kMailboxBytes, os::Access::read_write);
    for (const auto& [number, sender] :
         {std::pair{mail::kSelfChannel, actor->id}, std::pair{mail::kCreatorChannel, from.id}}) {
      Channel channel;
      channel.memory = mail::create_channel({});
      channel.sender = sender;
      channel.fetched = true;
      actor->channels.emplace(number, std::move(channel));
    }
    auto [control, theirs] = os::socket_pair();
    actor->control = std::move(control);
    std::vector<int> clone(kCloneFds);
    clone[kControlFd] = theirs.get();
    clone[kMailboxFd] = actor->mailbox.get();
    clone[kSelfChannelFd] = actor->channels.at(mail::kSelfChannel).memory.get();
    clone[kCreatorChannelFd] = actor->channels.at(mail::kCreatorChannel).memory.get();
    clone[kCertificateFd] = fds[kCertificate].get();
    clone[kDirectoryFd] = fds[kDirectory].get();
    clone[kStdinFd] = fds[kIn].get();
    clone[kStdoutFd] = fds[kOut].get();
    clone[kStderrFd] = fds[kErr].get();
    for (std::size_t i = kSpawnFds; i < fds.size(); ++i) clone.push_back(fds[i].get());
    answer_with(zygote_, Clone{.actor = actor->id, .creator = from.pid}, clone);
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
  being_cloned_.push_back(actor->id);
  members_.emplace(actor->id, std::move(actor));
}

void Keeper::refuse_spawn(const os::Fd& answer, std::string reason) const {
  answer_with(answer, SpawnAnswer{.outcome = SpawnOutcome::refused, .reason = std::move(reason)});
}

void Keeper::handle_zygote() {
  const os::Received received = os::receive_message(zygote_, os::Deadline::min());
  if (received.state == os::Received::State::closed) zygote_ended();
  if (received.state != os::Received::State::message || being_cloned_.empty()) return;
  wire::Decoder decoder(received.bytes);
  const auto cloned = wire::decode<Cloned>(decoder);
  Member* member = find(being_cloned_.front());
  being_cloned_.pop_front();
  PACTOR_CHECK(member != nullptr);  // whatever happened to it, it cannot have been seen to end
  if (cloned.pid > 0) {
    begin_life(*member, cloned.pid);
    if (orphans_left_) kill_orphans();
    return;
  }
  refuse_spawn(member->birth_answer, std::string("cannot make a process: ") +
                                         ::strerrordesc_np(-cloned.pid) +
                                         " (see `ulimit -u` and the pids limit of the container)");
  forget(member->id);
}

void Keeper::begin_life(Member& member, pid_t pid) {
  member.pid = pid;
  member.pidfd = os::open_pidfd(pid);
  watch(member.pidfd.get(), static_cast<std::uint64_t>(Event::process_end), member.id);
  // Not before: who asks for an actor has to be known by its process id, whose privileges that takes.
  watch(member.control.get(), static_cast<std::uint64_t>(Event::control), member.id);
  // Killed while it was being made, or born before the zygote's word arrived.
  if (!member.killed_because.empty()) kill(member, member.killed_because);
  if (member.constructed) born(member);
  if (member.control_closed && !member.pidfd) ended(member.id);  // otherwise its pidfd tells
}

void Keeper::born(Member& member) {
  member.constructed = true;
  if (member.pid == 0 || !member.birth_answer) return;
  set_deadline(member, os::kNever, {});
  const std::array fds{member.channels.at(mail::kCreatorChannel).memory.get(),
                       member.mailbox.get()};
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
