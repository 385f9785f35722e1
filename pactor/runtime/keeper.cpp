#include <pactor/runtime/keeper.hpp>

#include <pactor/mail/channel.hpp>
#include <pactor/mail/doorbell.hpp>
#include <pactor/os/failure.hpp>
#include <pactor/os/socket.hpp>
#include <pactor/runtime/zygote.hpp>

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <algorithm>
#include <array>
#include <cstdio>

namespace pactor::runtime {

namespace {

constexpr int kEventShift = 56;

// The kernel marks share->alive when this process ends, however it ends.
void tie_to_lifeline(KeeperShare* share) {
  static robust_list_head head;
  head.list.next = reinterpret_cast<robust_list*>(&share->node);
  share->node.next = reinterpret_cast<KeeperShare::Node*>(&head.list);
  head.futex_offset = static_cast<long>(offsetof(KeeperShare, alive) - offsetof(KeeperShare, node));
  head.list_op_pending = nullptr;
  share->alive.store(static_cast<std::uint32_t>(::gettid()) | FUTEX_WAITERS);
  ::syscall(SYS_set_robust_list, &head, sizeof head);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Neither the keeper nor the zygote has business with the program's streams.
void leave_streams() {
  os::Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  if (!null) return;  // no /dev in this place: the streams they have must do
  for (int stream = 0; stream <= 2; ++stream) ::dup2(null.get(), stream);
  // It is one of them itself if the program was started with one closed: then it has to stay.
  if (null.get() <= 2) static_cast<void>(null.release());
}

}  // namespace

void run_keeper(os::Fd program_control, pid_t program, KeeperShare* share) noexcept {
  ::prctl(PR_SET_NAME, "pactor-keeper");
  ::setsid();  // Ctrl-C and hang-ups are for the program alone
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  // All but its line to the program; a low number first, so that the rest is one range.
  constexpr int kControl = 3;
  if (program_control.get() != kControl) {
    ::dup3(program_control.get(), kControl, O_CLOEXEC);
    program_control = os::Fd(kControl);
  }
  os::close_from(kControl + 1);
  leave_streams();
  const BlockedSignals before;  // a signal to the whole family must not end it before the program
  auto [zygote, zygote_end] = os::socket_pair();
  const pid_t keeper = ::getpid();
  const pid_t zygote_pid = os::clone_process(os::Parent::me);
  if (zygote_pid == 0) {
    program_control.reset();
    zygote.reset();
    run_zygote(std::move(zygote_end), keeper, before);
  }
  zygote_end.reset();
  if (zygote_pid < 0) ::_exit(1);
  tie_to_lifeline(share);
  raise_descriptor_limit();  // after the zygote: actors keep the program's own limit
  os::Fd program_pidfd = os::open_pidfd(program);
  if (::getppid() != program) ::_exit(0);  // it has ended already
  try {
    Keeper(std::move(program_control), std::move(program_pidfd), std::move(zygote), zygote_pid,
           share->last_id)
        .run();
  } catch (const std::exception&) {
    ::_exit(1);  // without a keeper there is nothing to go on with; the kernel ends the actors
  }
}

Keeper::Keeper(os::Fd program_control, os::Fd program_pidfd, os::Fd zygote, pid_t zygote_pid,
               ActorId last_id)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      zygote_(std::move(zygote)),
      zygote_pid_(zygote_pid),
      zygote_pidfd_(os::open_pidfd(zygote_pid)),
      last_id_(last_id) {
  if (!epoll_) os::fail("cannot watch for events");
  auto program = std::make_unique<Member>();
  program->id = kProgram;
  program->name = "the program";
  program->pid = ::getppid();
  program->control = std::move(program_control);
  program->pidfd = std::move(program_pidfd);
  watch(program->control.get(), static_cast<std::uint64_t>(Event::control), kProgram);
  watch(program->pidfd.get(), static_cast<std::uint64_t>(Event::process_end), kProgram);
  members_.emplace(kProgram, std::move(program));
  watch(zygote_.get(), static_cast<std::uint64_t>(Event::zygote), kNobody);
  watch(zygote_pidfd_.get(), static_cast<std::uint64_t>(Event::zygote_end), kNobody);
}

void Keeper::watch(int descriptor, std::uint64_t what, ActorId id) const {
  if (descriptor < 0) return;  // a pidfd that this kernel does not have
  epoll_event event{.events = EPOLLIN, .data = {.u64 = what << kEventShift | id}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
    os::fail("cannot watch a descriptor");
  }
}

Keeper::Member* Keeper::find(ActorId id) {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : found->second.get();
}

void Keeper::run() {
  for (;;) wait_for_events();
}

os::Deadline Keeper::next_deadline() const {
  os::Deadline next = os::kNever;
  for (const ActorId id : timed_) next = std::min(next, members_.at(id)->deadline);
  return next;
}

void Keeper::wait_for_events() {
  std::array<epoll_event, 64> events;  // NOLINT: filled by the kernel
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 os::poll_timeout_ms(next_deadline()));
  for (int i = 0; i < count; ++i) {
    const std::uint64_t data = events[static_cast<std::size_t>(i)].data.u64;
    const ActorId id = data & ((1ULL << kEventShift) - 1);
    // An earlier event of this batch may have removed the member.
    switch (static_cast<Event>(data >> kEventShift)) {
      case Event::control:
        if (find(id) != nullptr) handle_control(id);
        break;
      case Event::process_end:
        if (find(id) != nullptr) ended(id);
        break;
      case Event::zygote:
        handle_zygote();
        break;
      case Event::zygote_end:
        zygote_ended();
        break;
    }
  }
  kill_late();
}

void Keeper::handle_control(ActorId id) {
  Member& from = *find(id);
  os::Received received = os::receive_message(from.control, os::Deadline::min());
  switch (received.state) {
    case os::Received::State::nothing:
      return;
    case os::Received::State::closed:
      if (id == kProgram) program_ended();
      control_closed(from);
      return;
    case os::Received::State::message:
      break;
  }
  try {
    wire::Decoder decoder(received.bytes);
    handle_request(from, wire::decode<Request>(decoder), std::move(received.fds));
  } catch (const BadMessage&) {
    // Only a process whose memory is damaged sends such a thing. The program's own end would be the
    // end of all: leave it to its fate.
    if (id != kProgram) kill(from, "it sent the keeper bytes that are no request");
  }
}

void Keeper::handle_request(Member& from, Request request, std::vector<os::Fd> fds) {
  const auto answer_socket = [&fds]() -> const os::Fd& {
    if (fds.empty()) throw BadMessage("a question without a socket for the answer");
    return fds.front();
  };
  std::visit(
      [&]<class R>(R& what) {
        if constexpr (std::is_same_v<R, Spawn>) {
          answer_socket();
          handle(from, what, std::move(fds));
        } else if constexpr (std::is_same_v<R, Open>) {
          handle(from, what, answer_socket());
        } else if constexpr (std::is_same_v<R, Attach>) {
          handle(from, answer_socket());
        } else if constexpr (std::is_same_v<R, Born>) {
          born(from);
        } else if constexpr (std::is_same_v<R, Unborn>) {
          from.constructor_exception = std::move(what.exception);
        } else if constexpr (std::is_same_v<R, Ending>) {
          from.own_account = std::move(what.exit);
        } else if constexpr (std::is_same_v<R, Kill>) {
          Member* actor = find(what.actor);
          if (actor != nullptr && actor->creator == from.id)
            kill(*actor, std::string(Exit::kAskedFor));
        } else if constexpr (std::is_same_v<R, Reserve>) {
          parcels_.handle(what, from.id, other_end(from, what.route), answer_socket());
        } else if constexpr (std::is_same_v<R, Deposit>) {
          answer_socket();
          parcels_.handle(what, from.id, other_end(from, what.route), std::move(fds));
        } else if constexpr (std::is_same_v<R, Fetch> || std::is_same_v<R, Collect>) {
          parcels_.handle(what, from.id, answer_socket());
        } else if constexpr (std::is_same_v<R, Discard> || std::is_same_v<R, Leave>) {
          parcels_.handle(what, from.id);
        } else {
          handle(from, what);
        }
      },
      request);
}

std::uint32_t Keeper::new_channel(Member& receiver, ActorId sender) {
  std::uint32_t number = receiver.next_channel;
  if (!receiver.free_channels.empty()) {
    number = *receiver.free_channels.begin();
    receiver.free_channels.erase(receiver.free_channels.begin());
  } else if (number < mail::kChannels) {
    ++receiver.next_channel;
  } else {
    throw Error("it has " + std::to_string(mail::kChannels) + " senders, and cannot have more");
  }
  Channel channel;
  channel.memory = mail::create_channel({});
  channel.sender = sender;
  receiver.channels.emplace(number, std::move(channel));
  if (Member* from = find(sender)) from->sends_to.emplace(receiver.id, number);
  return number;
}

Keeper::Channel* Keeper::channel_of(const Member& from, const mail::Route& route) {
  Member* receiver = find(route.actor);
  if (receiver == nullptr) return nullptr;
  const auto found = receiver->channels.find(route.channel);
  if (found == receiver->channels.end()) return nullptr;
  const bool is_an_end = from.id == route.actor || from.id == found->second.sender;
  return is_an_end ? &found->second : nullptr;
}

ActorId Keeper::other_end(const Member& from, const mail::Route& route) {
  const Channel* channel = channel_of(from, route);
  if (channel == nullptr) return kNobody;
  if (from.id == route.actor) return channel->sender_gone ? kNobody : channel->sender;
  return find(route.actor)->announced ? kNobody : route.actor;
}

void Keeper::handle(Member& from, const Open& request, const os::Fd& answer) {
  Member* target = find(request.target);
  if (target == nullptr || target->announced || request.target == kProgram) {
    const auto known = remembered_.find(request.target);
    const std::string number = "#" + std::to_string(request.target);
    Exit exit{.kind = Exit::Kind::exited, .actor = number, .text = "a while ago, or it never was"};
    if (known != remembered_.end()) exit = known->second;
    answer_with(answer, OpenAnswer{.lives = false, .name = exit.actor, .exit = exit});
    return;
  }
  if (target->id == from.id) {
    const std::array fds{target->channels.at(mail::kSelfChannel).memory.get(),
                         target->mailbox.get()};
    answer_with(answer,
                OpenAnswer{.lives = true, .channel = mail::kSelfChannel, .name = target->name},
                fds);
    return;
  }
  std::uint32_t number = 0;
  try {
    number = new_channel(*target, from.id);
  } catch (const Error& error) {
    answer_with(answer, OpenAnswer{.name = target->name, .reason = error.what()});
    return;
  }
  ring_news(
      *target);  // before the answer: the receiver learns of a channel before its first message
  const std::array fds{target->channels.at(number).memory.get(), target->mailbox.get()};
  answer_with(answer, OpenAnswer{.lives = true, .channel = number, .name = target->name}, fds);
}

void Keeper::ring_news(Member& member) const {
  mail::ring(*member.mailbox_pages.as<mail::Doorbell>(mail::kDoorbellOffset), mail::kNewsChannel);
}

void Keeper::handle(Member& from, const os::Fd& answer) {
  constexpr std::size_t kAtOnce = os::kMessageFds;
  AttachAnswer news;
  std::vector<int> fds;
  for (auto& [number, channel] : from.channels) {
    if (news.opened.size() == kAtOnce || news.senders_gone.size() == kAtOnce) {
      news.more = true;
      break;
    }
    if (!channel.fetched) {
      channel.fetched = true;
      news.opened.push_back(number);
      fds.push_back(channel.memory.get());
    }
    if (channel.sender_gone && !channel.told) {
      channel.told = true;
      news.senders_gone.push_back(number);
    }
  }
  answer_with(answer, news, fds);
}

void Keeper::handle(Member& from, const Drained& request) {
  const auto channel = from.channels.find(request.channel);
  if (channel == from.channels.end() || !channel->second.sender_gone) return;
  from.channels.erase(channel);
  parcels_.drained({from.id, request.channel});
  from.free_channels.insert(request.channel);
}

void Keeper::handle(Member& from, const Closing& request) {
  Member* actor = find(request.actor);
  if (actor == nullptr || actor->creator != from.id) return;
  set_deadline(*actor, os::deadline_in(std::chrono::milliseconds(request.deadline_ms)),
               "it had not ended " + std::to_string(request.deadline_ms) +
                   " ms after close() (Options::close_deadline)");
}

void Keeper::set_deadline(Member& member, os::Deadline deadline, std::string late) {
  member.deadline = deadline;
  member.late = std::move(late);
  if (deadline == os::kNever) {
    timed_.erase(member.id);
  } else {
    timed_.insert(member.id);
  }
}

}  // namespace pactor::runtime
