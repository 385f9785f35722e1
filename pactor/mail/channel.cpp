#include <pactor/mail/channel.hpp>

#include <pactor/error.hpp>
#include <pactor/mail/layout.hpp>
#include <pactor/os/failure.hpp>

#include <sys/stat.h>
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>

namespace pactor::mail {

namespace {

ChannelTerms terms_of(const MailboxOptions& options) {
  // A bound beyond what there are rings for is no bound that anybody reaches.
  const std::uint64_t bound =
      std::clamp<std::uint64_t>(options.bytes, kLeastBoundBytes, ring_bytes(kMostRings - 1));
  std::uint32_t rings = 1;
  while (ring_bytes(rings - 1) < bound) ++rings;
  return {.bound_bytes = bound,
          .deadline_ms = options.when_full.deadline.count(),
          .policy = static_cast<std::uint32_t>(options.when_full.policy),
          .rings = rings};
}

}  // namespace

std::size_t channel_bytes(const MailboxOptions& options) {
  return kSenderPartOffset + sender_part_bytes(terms_of(options).rings);
}

void begin_channel(const Place& place, const MailboxOptions& options) {
  // What each end may look at as soon as it has mapped it.
  const ChannelTerms terms = terms_of(options);
  os::write_bytes(place.memory, place.offset + kReceiverPartOffset + offsetof(ReceiverPage, terms),
                  std::as_bytes(std::span(&terms, 1)));
  os::reserve_pages(place.memory, place.offset + kSenderPartOffset, kRingsOffset + kPageBytes);
}

os::Fd create_channel(const MailboxOptions& options) {
  os::Fd memory = os::create_shared_memory("pactor-channel", channel_bytes(options));
  begin_channel(memory, options);
  return memory;
}

ChannelTerms read_terms(const ReceiverPage& page) {
  // Another process's words: read once. A number of rings that is none must not have us map anything.
  return {.bound_bytes = read_once(page.terms.bound_bytes),
          .deadline_ms = read_once(page.terms.deadline_ms),
          .policy = read_once(page.terms.policy),
          .rings = std::clamp(read_once(page.terms.rings), 1U, kMostRings)};
}

MailboxOptions options_of(const ChannelTerms& terms) {
  return {.bytes = terms.bound_bytes,
          .when_full = {.policy = static_cast<WhenFull::Policy>(terms.policy),
                        .deadline = std::chrono::milliseconds(terms.deadline_ms)}};
}

os::Mapping map_sender_part(const Place& place, const ChannelTerms& terms, os::Access access) {
  const std::size_t begin = place.offset + kSenderPartOffset;
  const std::size_t bytes = sender_part_bytes(terms.rings);
  struct stat status{};
  // The terms are the other end's: a page beyond the end of the memory would be our death.
  if (::fstat(place.memory.get(), &status) != 0) os::fail("cannot tell the length of a channel");
  if (static_cast<std::size_t>(status.st_size) < begin + bytes) {
    throw Error("pactor: a channel's memory is shorter than it says");
  }
  return {place.memory, begin, bytes, access};
}

}  // namespace pactor::mail
