// What the keeper decodes of what actors send it, and what they decode of its answers, and of births and
// exceptions. The first byte says which.
#include "decode_again.hpp"
#include "input.hpp"
#include "target.hpp"

#include <pactor/runtime/exception.hpp>
#include <pactor/runtime/protocol.hpp>

#include <array>
#include <exception>
#include <stdexcept>

namespace pactor::fuzz {
namespace {

namespace rt = pactor::runtime;

void exit_of(std::span<const std::byte> bytes) {
  decode_again<Exit>(bytes, [](const Exit& exit) { PACTOR_CHECK(!exit.explain().empty()); });
}

// Rethrown to who asked: whatever it is, it can be caught and has a text.
void exception_of(std::span<const std::byte> bytes) {
  wire::Decoder decoder(bytes);
  try {
    std::rethrow_exception(rt::decode_exception(decoder));
  } catch (const std::exception& error) {
    PACTOR_CHECK(error.what() != nullptr);
  } catch (...) {
  }
}

using Run = void (*)(std::span<const std::byte>);

template <class T>
void as(std::span<const std::byte> bytes) {
  decode_again<T>(bytes);
}

constexpr std::array<Run, 12> kKinds{as<rt::Request>,     exit_of,
                                     exception_of,        as<rt::SpawnAnswer>,
                                     as<rt::OpenAnswer>,  as<rt::AttachAnswer>,
                                     as<rt::CrashAnswer>, as<rt::DepositAnswer>,
                                     as<rt::CycleAnswer>, as<rt::Clone>,
                                     as<rt::Cloned>,      as<rt::BirthCertificate>};

void run(std::span<const std::byte> bytes) {
  Input input(bytes);
  const std::size_t kind = input.below(kKinds.size());
  kKinds[kind](input.rest());
}

Seed seed(const char* name, Run kind, const wire::Encoder& encoded) {
  const auto at = std::ranges::find(kKinds, kind) - kKinds.begin();
  Bytes bytes{static_cast<std::byte>(at)};
  bytes.insert(bytes.end(), encoded.view().begin(), encoded.view().end());
  return {name, std::move(bytes)};
}

template <class T>
Seed seed(const char* name, Run kind, const T& value) {
  wire::Encoder encoder;
  wire::encode(encoder, value);
  return seed(name, kind, encoder);
}

Seed request(const char* name, const rt::Request& value) {
  return seed(name, as<rt::Request>, value);
}

Seed exception_seed() {
  wire::Encoder encoder;
  try {
    throw std::out_of_range("no such disk");
  } catch (const std::out_of_range&) {
    rt::encode_current_exception(encoder);
  }
  return seed("exception", exception_of, encoder);
}

std::vector<Seed> seeds() {
  const Exit exit{.kind = Exit::Kind::signalled,
                  .code = 11,
                  .actor = "disk",
                  .method = "read_status",
                  .type = "std::runtime_error",
                  .text = "on purpose",
                  .unprocessed = 3};
  rt::BirthCertificate birth;
  birth.resources = os::Resources{};
  birth.name = "disk";
  birth.environment = {"PATH=/bin"};
  birth.arguments = Bytes(8);
  return {request("spawn", rt::Spawn{.name = "disk", .start_deadline_ms = 30'000}),
          request("open", rt::Open{.target = 7}),
          request("unborn", rt::Unborn{.exception = Bytes(20)}),
          request("ending", rt::Ending{.exit = exit}),
          request("closing", rt::Closing{.actor = 7, .deadline_ms = -1}),
          request("reserve", rt::Reserve{.route = {.actor = 7, .channel = 3}, .bytes = 1 << 20}),
          seed("exit", exit_of, exit),
          exception_seed(),
          seed("born", as<rt::SpawnAnswer>,
               rt::SpawnAnswer{.outcome = rt::SpawnOutcome::born, .actor = 7, .pid = 4711}),
          seed("attached", as<rt::AttachAnswer>,
               rt::AttachAnswer{.opened = {3, 4}, .senders_gone = {5}}),
          seed("cycle", as<rt::CycleAnswer>, rt::CycleAnswer{.names = {"a", "b"}}),
          seed("clone", as<rt::Clone>,
               rt::Clone{.actor = 7, .restart = {.number = 1, .crashes = {exit}}}),
          seed("birth", as<rt::BirthCertificate>, birth)};
}

}  // namespace

constinit const Target protocol_target{.name = "protocol", .run = run, .seeds = seeds};

}  // namespace pactor::fuzz
