#include <pactor/error.hpp>

namespace pactor {

ActorDied::ActorDied(Exit exit) : Error(exit.explain()), exit_(std::move(exit)) {}

ActorDied::ActorDied(Exit exit, const std::string& asked_method)
    : Error("no answer to " + asked_method + ": " + exit.explain()), exit_(std::move(exit)) {}

}  // namespace pactor
