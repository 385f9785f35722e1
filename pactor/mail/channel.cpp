#include <pactor/mail/channel.hpp>

#include <pactor/mail/layout.hpp>

namespace pactor::mail {

std::size_t channel_bytes(const MailboxOptions& /*options*/) { return kChannelBytes; }

void begin_channel(const Place& /*place*/, const MailboxOptions& /*options*/) {}

os::Fd create_channel(const MailboxOptions& options) {
  os::Fd memory = os::create_shared_memory("pactor-channel", channel_bytes(options));
  begin_channel(memory, options);
  return memory;
}

}  // namespace pactor::mail
