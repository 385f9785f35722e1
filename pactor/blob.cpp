#include <pactor/blob.hpp>

#include <pactor/error.hpp>
#include <pactor/runtime/runtime.hpp>
#include <pactor/wire/wire.hpp>

#include <algorithm>
#include <utility>

namespace pactor {

namespace {

// What readers hold for longer is theirs alone: their maker need not keep it for the next time.
constexpr std::size_t kMostEarlier = 8;

}  // namespace

Blob::Blob(std::size_t bytes)
    : made_(bytes == 0 ? nullptr : std::make_unique<runtime::MadeBlob>(bytes)) {}

std::span<const std::byte> Blob::bytes() const noexcept {
  if (made_) return {made_->begin(), made_->bytes()};
  if (read_ != nullptr) return {read_->begin(), read_->bytes()};
  return {};
}

std::span<std::byte> Blob::writable_bytes() {
  if (read_ != nullptr) {
    throw Error(
        "pactor: this blob was received, and others may be reading it; fill one of your own");
  }
  if (!made_) return {};
  if (!made_->usable()) {
    throw Error(
        "pactor: the memory of this blob is not in this process, which is a fork of its maker");
  }
  if (!made_.only()) {
    const auto returned =
        std::ranges::find_if(earlier_, [](const auto& memory) { return memory.only(); });
    if (returned != earlier_.end()) {
      std::swap(made_, *returned);
    } else {
      runtime::MadeBlobPtr fresh(std::make_unique<runtime::MadeBlob>(made_->bytes()));
      if (earlier_.size() == kMostEarlier) earlier_.erase(earlier_.begin());
      earlier_.push_back(std::exchange(made_, std::move(fresh)));
    }
  }
  return {made_->begin(), made_->bytes()};
}

runtime::LentBlob Blob::lend() const { return made_ ? made_->lend() : read_->lend(); }

Blob Blob::open(const runtime::LentBlob& lent) {
  runtime::Runtime& runtime = runtime::Runtime::here();
  return Blob(runtime.blobs().open(runtime, lent));
}

namespace wire {

void Family<Blob>::encode(Encoder& encoder, const Blob& blob) {
  wire::encode(encoder, std::uint64_t{blob.size()});
  if (blob.empty()) return;
  runtime::LentBlob lent = blob.lend();
  wire::encode(encoder, lent.name);
  wire::encode(encoder, lent.again);
  wire::encode(encoder, encoder.attach(std::move(lent.memory), blob.size()));
}

Blob Family<Blob>::decode(Decoder& decoder) {
  runtime::LentBlob lent;
  lent.bytes = wire::decode<std::uint64_t>(decoder);
  if (lent.bytes == 0) return {};
  lent.name = wire::decode<runtime::BlobName>(decoder);
  lent.again = wire::decode<bool>(decoder);
  lent.memory = decoder.take_descriptor(wire::decode<std::uint32_t>(decoder));
  return Blob::open(lent);
}

}  // namespace wire

}  // namespace pactor
