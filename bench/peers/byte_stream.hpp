// What socket pairs and pipes have in common: descriptors to read from and to write to, and bytes without ends of
// messages. A message costs its sender one write; a receiver reads as much as has come.
//
//     using Sockets = ByteStream<make_socketpair>;
//
// Make(): { of the asker, of the answerer }, each a descriptor to read from and one to write to.
#pragma once

#include "processes.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

namespace bench::peers {

struct End {
  int in;
  int out;
};

inline void write_all(int descriptor, Message bytes) {
  while (!bytes.empty()) {
    const ssize_t length = ::write(descriptor, bytes.data(), bytes.size());
    if (length < 0) throw std::system_error(errno, std::generic_category(), "write");
    bytes = bytes.subspan(static_cast<std::size_t>(length));
  }
}

// Cuts what comes into messages of one size.
class Reader {
 public:
  Reader(int descriptor, std::size_t bytes)
      : descriptor_(descriptor), bytes_(bytes), buffer_(std::max(bytes, kAtOnce)) {}

  Message next() {
    while (end_ - begin_ < bytes_) read_more();
    begin_ += bytes_;
    return Message(buffer_).subspan(begin_ - bytes_, bytes_);
  }

 private:
  static constexpr std::size_t kAtOnce = 64 * 1024;

  void read_more() {
    if (begin_ == end_) {
      begin_ = end_ = 0;
    } else if (end_ == buffer_.size()) {
      std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), buffer_.end(),
                buffer_.begin());
      end_ -= std::exchange(begin_, 0);
    }
    const ssize_t length = ::read(descriptor_, &buffer_[end_], buffer_.size() - end_);
    if (length < 0) throw std::system_error(errno, std::generic_category(), "read");
    if (length == 0) throw std::runtime_error("the other side has ended");
    end_ += static_cast<std::size_t>(length);
  }

  const int descriptor_;
  const std::size_t bytes_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

template <std::pair<End, End> (*Make)()>
struct ByteStream {
  static constexpr int kCrowd = 500;

  class Wire {
   public:
    Wire(int, std::size_t bytes, Use) : bytes(bytes), ends_(Make()) {}
    ~Wire() {
      for (const int descriptor : std::set{asker().in, asker().out, answerer().in, answerer().out})
        ::close(descriptor);
    }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    [[nodiscard]] const End& asker() const { return ends_.first; }
    [[nodiscard]] const End& answerer() const { return ends_.second; }

    const std::size_t bytes;

   private:
    const std::pair<End, End> ends_;
  };

  class Sender {
   public:
    explicit Sender(const Wire& wire) : out_(wire.asker().out) {}
    void send(Message message) const { write_all(out_, message); }

   private:
    const int out_;
  };

  class Receiver {
   public:
    explicit Receiver(const Wire& wire) : reader_(wire.answerer().in, wire.bytes) {}

    template <class F>
    void receive(std::uint64_t count, F f) {
      for (; count > 0; --count) f(reader_.next());
    }

   private:
    Reader reader_;
  };

  class Asker {
   public:
    explicit Asker(const Wire& wire)
        : out_(wire.asker().out), reader_(wire.asker().in, sizeof(std::uint64_t)) {}

    std::uint64_t ask(Message question) {
      write_all(out_, question);
      return first_word(reader_.next());
    }

   private:
    const int out_;
    Reader reader_;
  };

  class Answerer {
   public:
    explicit Answerer(const Wire& wire)
        : out_(wire.answerer().out), reader_(wire.answerer().in, wire.bytes) {}

    template <class F>
    void serve(F f) {
      for (;;) {
        const std::uint64_t answer = f(reader_.next());
        write_all(out_, std::as_bytes(std::span(&answer, 1)));
      }
    }

   private:
    const int out_;
    Reader reader_;
  };
};

}  // namespace bench::peers
