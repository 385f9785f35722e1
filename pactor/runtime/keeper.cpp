#include <pactor/runtime/keeper.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/runtime/exception.hpp>

#include <sys/epoll.h>
#include <sys/resource.h>
#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

namespace pactor::runtime {

namespace {

// How many requests are dealt with before other events are looked at.
constexpr int kRequestsAtOnce = 64;

// Descriptors that are not spent on memory, for the keeper needs some to say so: those that come with
// requests, and what it sends.
constexpr int kSpareDescriptors = 2 * static_cast<int>(os::kMessageFds);

// An actor shortens what it sends; one whose memory is damaged may not, and it has to fit an answer.
std::vector<std::byte> presentable(std::vector<std::byte> exception) {
  constexpr std::size_t kLongest = 12 * 1024;
  if (exception.size() <= kLongest) return exception;
  wire::Encoder encoder;
  try {
    throw SpawnError("pactor: the actor's constructor threw an exception of " +
                     std::to_string(exception.size()) +
                     " bytes, which are too many to be passed on");
  } catch (const SpawnError&) {
    encode_current_exception(encoder);
  }
  return {encoder.view().begin(), encoder.view().end()};
}

int descriptor_limit() {
  rlimit limit{};
  constexpr rlim_t kMost = 1 << 30;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return static_cast<int>(kMost);
  return static_cast<int>(std::min(limit.rlim_cur, kMost));
}

}  // namespace

Keeper::Keeper(Lines lines, pid_t zygote_pid, KeeperShare& share)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      lines_(std::move(lines)),
      child_signals_(os::open_child_signals()),
      most_descriptors_(descriptor_limit()),
      zygote_pid_(zygote_pid),
      share_(share),
      parcels_(most_descriptors_ - kSpareDescriptors),
      blobs_(most_descriptors_ - kSpareDescriptors),
      last_id_(share.last_id) {
  if (!epoll_) os::fail("cannot watch for events");
  auto program = std::make_unique<Member>();
  program->id = kProgram;
  program->name = "the program";
  program->pid = ::getppid();
  members_.emplace(kProgram, std::move(program));
  watch(lines_.program, Event::program);
  watch(lines_.program_pidfd, Event::program_end);
  watch(lines_.requests, Event::requests);
  watch(lines_.zygote, Event::zygote);
  watch(child_signals_, Event::child_signal);
  watch(close_watch_.descriptor(), Event::memory_closed);
}

void Keeper::watch(const os::Fd& descriptor, Event what) const {
  if (!descriptor) return;  // this kernel does not have it
  epoll_event event{.events = EPOLLIN, .data = {.u32 = static_cast<std::uint32_t>(what)}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor.get(), &event) != 0) {
    os::fail("cannot watch a descriptor");
  }
}

Keeper::Member* Keeper::find(ActorId id) {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : found->second.get();
}

Keeper::Member* Keeper::find_process(pid_t pid) {
  const auto found = by_pid_.find(pid);
  return found == by_pid_.end() ? nullptr : find(found->second);
}

// What the machine refuses for one event (memory, descriptors) must not be the end of all actors. What an
// event is about sees to it that nobody waits for ever; this is for what nobody has thought of.
template <class Step>
void Keeper::go_on_after(const Step& step) {
  try {
    step();
  } catch (const std::bad_alloc&) {
    give_up("it ran out of memory");  // in the midst of something, with nothing left in reserve
  } catch (const std::exception&) {
  }
}

void Keeper::run() {
  for (;;) {
    wait_for_events();
    reserve_.refill();
  }
}

void Keeper::wait_for_events() {
  os::Deadline next = timed_.empty() ? os::kNever : timed_.begin()->first;
  if (look_wanted_) next = std::min(next, next_look_);
  std::array<epoll_event, 8> events;  // NOLINT: filled by the kernel
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 os::poll_timeout_ms(next));
  for (int i = 0; i < count; ++i) {
    const auto event = static_cast<Event>(events[static_cast<std::size_t>(i)].data.u32);
    go_on_after([&] { handle_event(event); });
  }
  go_on_after([&] { kill_late(); });
  go_on_after([&] {
    if (look_wanted_ && may_look()) look();
  });
}

void Keeper::handle_event(Event event) {
  switch (event) {
    case Event::program:
      return handle_program();
    case Event::program_end:
      program_ended();
    case Event::requests:
      for (int i = 0; i < kRequestsAtOnce && handle_actors(); ++i) {
      }
      return;
    case Event::zygote:
      return handle_zygote();
    case Event::child_signal:
      return handle_child_signal();
    case Event::memory_closed:
      return handle_memory_closed();
  }
}

// What has come on a line of its own, which it has to hear.
os::Received Keeper::receive(const os::Fd& line) {
  try {
    return os::receive_message(line, os::Deadline::min());
  } catch (const Error&) {
    give_up("it could not receive what it was asked, for the machine has no memory for it");
  }
}

void Keeper::handle_program() {
  os::Received received = receive(lines_.program);
  if (received.state == os::Received::State::closed) program_ended();
  if (received.state == os::Received::State::message) {
    handle_bytes(*find(kProgram), std::move(received));
  }
}

bool Keeper::handle_actors() {
  os::Received received = receive(lines_.requests);
  if (received.state != os::Received::State::message) return false;
  if (Member* from = find_process(received.sender)) {
    handle_bytes(*from, std::move(received));
  } else if (!being_cloned_.empty()) {
    // An actor may ask before the zygote has told of it. Who is no actor (a process that one has forked)
    // gets no answer: its socket closes when it turns out that nobody else is to be told of.
    held_[received.sender].push_back(std::move(received));
  }
  return true;
}

void Keeper::handle_bytes(Member& from, os::Received received) {
  // Only a process whose memory is damaged sends such a thing. The program's own end would be the end of all:
  // leave it to its fate.
  const auto is_no_request = [&] {
    if (from.id != kProgram) kill(from, "it sent the keeper bytes that are no request");
  };
  try {
    // What came without descriptors that it was sent with is nobody's fault: its sender is not answered.
    if (received.lost_fds)
      os::fail("the keeper has no room for the descriptors of a request", EMFILE);
    wire::Decoder decoder(received.bytes);
    handle_request(from, wire::decode<Request>(decoder), std::move(received.fds));
  } catch (const BadMessage&) {
    is_no_request();
  } catch (const std::out_of_range&) {  // it names what is not there
    is_no_request();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    // The machine has refused something: the asker, if there is one, sees its socket close.
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
        } else if constexpr (std::is_same_v<R, CrashOf>) {
          handle(what, answer_socket());
        } else if constexpr (std::is_same_v<R, CrashesSaid>) {
          from.unsaid.clear();
        } else if constexpr (std::is_same_v<R, Attach>) {
          handle(from, what, answer_socket());
        } else if constexpr (std::is_same_v<R, FindCycle>) {
          answer_with(answer_socket(), CycleAnswer{find_cycle(from)});
        } else if constexpr (std::is_same_v<R, Born>) {
          born(from);
        } else if constexpr (std::is_same_v<R, Unborn>) {
          from.constructor_exception = presentable(std::move(what.exception));
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
        } else if constexpr (std::is_same_v<R, KeepBlob>) {
          if (!fds.empty()) blobs_.keep(from.id, what.number, std::move(fds.front()));
        } else if constexpr (std::is_same_v<R, DropBlob>) {
          blobs_.drop(from.id, what.number);
        } else {
          handle(from, what);
        }
      },
      request);
}

void Keeper::handle(Member& from, const Closing& request) {
  Member* actor = find(request.actor);
  if (actor == nullptr || actor->creator != from.id) return;
  if (actor->close.until != os::kNever) return;  // the first deadline holds
  actor->close = {.ms = request.deadline_ms,
                  .until = os::deadline_in(std::chrono::milliseconds(request.deadline_ms))};
  watch_deadlines(*actor);
}

void Keeper::handle(const CrashOf& request, const os::Fd& answer) {
  const Member* actor = find(request.route.actor);
  const auto remembered = remembered_.find(request.route.actor);
  if (actor != nullptr && actor->last_crash.has_value()) {
    // The latest of that number: the channel may have had another sender.
    const auto begun =
        std::find_if(actor->crashed.rbegin(), actor->crashed.rend(), [&](const BegunAsk& ask) {
          return ask.channel == request.route.channel && ask.number == request.ask;
        });
    const bool known = begun != actor->crashed.rend();
    answer_with(answer,
                CrashAnswer{.known = true, .exit = known ? begun->crash : *actor->last_crash});
  } else if (remembered != remembered_.end()) {
    answer_with(answer, CrashAnswer{.known = true, .exit = remembered->second});
  } else {
    answer_with(answer, CrashAnswer{});
  }
}

void Keeper::watch_deadlines(Member& member) {
  timed_.erase({member.deadline, member.id});
  member.deadline = std::min(member.construction.until, member.close.until);
  if (member.deadline != os::kNever) timed_.emplace(member.deadline, member.id);
}

os::Fd Keeper::afford(os::Fd memory) const {
  // The kernel gives the lowest number that is free, so this one tells how many are in use.
  if (memory.get() >= most_descriptors_ - kSpareDescriptors) {
    os::fail("the keeper, which holds one for each actor and each channel, has no descriptor left",
             EMFILE);
  }
  return memory;
}

}  // namespace pactor::runtime
