#include <pactor/runtime/self.hpp>

#include <pactor/error.hpp>
#include <pactor/runtime/body.hpp>
#include <pactor/runtime/runtime.hpp>

namespace pactor::runtime {

namespace {

bool is_body_or_base(const void* object, const ClassEntry& type, const Body& body) {
  if (&type == body.type) return object == body.address;
  return type.catch_pointer(body.type->throw_pointer, body.address) == object;
}

// The last answer: finding out throws and catches an exception.
struct Known {
  const void* object = nullptr;
  const ClassEntry* type = nullptr;
  std::shared_ptr<Remote> remote;
};

}  // namespace

std::shared_ptr<Remote> self(const void* object, const ClassEntry& type) {
  thread_local Known known;
  if (known.object == object && known.type == &type) return known.remote;
  const Body* body = Runtime::object().body();
  if (body == nullptr) {
    throw Error("pactor: self(this) was called outside of an actor, on an object of class " +
                class_name(*type.type) + "; create it with pactor::Actor");
  }
  if (!is_body_or_base(object, type, *body)) {
    throw Error("pactor: self(this) was called on an object of class " + class_name(*type.type) +
                " that is not the actor of this process, which is of class " +
                class_name(*body->type->type) + "; call it on the actor, or hand its proxy over");
  }
  Runtime& runtime = Runtime::here();  // not in a forked child
  known = {.object = object, .type = &type, .remote = runtime.remote(runtime.id())};
  return known.remote;
}

}  // namespace pactor::runtime
