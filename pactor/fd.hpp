// Fd: the owner of one file descriptor, which can be sent.
//
//     class Logger { public: void add(std::string name, pactor::Fd file); ... };
//
//     pactor::Fd file{::open("log.txt", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
//     logger->add("here", std::move(file));                       // given away
//     logger->add("too", pactor::duplicate(STDOUT_FILENO));       // or shared
//
// The receiver gets a descriptor of its own for the same open file, so both share its position and
// flags; the sender's stays as it is, until its owner closes it. As an argument (of methods and
// constructors), a result, and in containers and structs of them; a message carries at most 63, the
// arguments of a constructor 58, and more are an Error. Between sending and receiving the descriptor is kept
// open by pactor, whatever becomes of the sender.
//
// Fd{number} owns the descriptor and closes it; empty, it holds -1. get() lends the number, release() gives
// it away. duplicate(number) gives another one, close-on-exec, for the same open file; if there are too many,
// an empty one, and errno. Neither throws. One thread at a time for each Fd.
#pragma once

#include <pactor/os/fd.hpp>
#include <pactor/wire/descriptor.hpp>

namespace pactor {

using os::duplicate;
using os::Fd;

}  // namespace pactor
