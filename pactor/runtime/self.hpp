// Which actor runs in this process, for self(this).
#pragma once

#include <pactor/runtime/method.hpp>
#include <pactor/runtime/remote.hpp>

#include <memory>

namespace pactor::runtime {

// The running actor, if `object` is (a base of, or the whole of) it and has the class `type`. Throws
// Error, saying which of these is not so.
[[nodiscard]] std::shared_ptr<Remote> self(const void* object, const ClassEntry& type);

}  // namespace pactor::runtime
