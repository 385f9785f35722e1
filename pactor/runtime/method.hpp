// The methods that this binary can run: which class has which, found by the id that a message
// bears.
//
//     void* object = &monitor;
//     const MethodEntry* method = find_method(class_entry<Monitor>(), id, object);
//     if (method == nullptr) throw BadMessage("...");
//     method->thunk(object, arguments, reply);
//
// Entries are linked in by static initialisers (see Registration in dispatch.hpp) and never leave;
// an actor's process has the same image as its creator's, so that what one can call the other can
// run. The list heads are constant-initialised: the order of the static initialisers does not
// matter.
//
// Threads: adding is safe from any thread (a library opened later adds its own). find_method()
// belongs to one thread, the actor's loop.
#pragma once

#include <pactor/wire/decoder.hpp>
#include <pactor/wire/encoder.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <typeinfo>

namespace pactor::runtime {

// What an asked method returns, as bytes, which may lie with the result still.
class ReplyEncoder : public wire::Encoder {
 public:
  ReplyEncoder() : Encoder(Borrowing()) {}
  ReplyEncoder(const ReplyEncoder&) = delete;
  ReplyEncoder& operator=(const ReplyEncoder&) = delete;
  virtual ~ReplyEncoder() = default;

  // Sends it. By whoever has encoded, if something is borrowed: before that goes.
  virtual void send() = 0;
};

// Decodes the arguments, calls the method, encodes its result. `reply` is null for a tell.
using Thunk = void (*)(void* object, wire::Decoder& arguments, ReplyEncoder* reply);

struct MethodEntry {
  std::uint64_t id;
  const char* name;
  Thunk thunk;
  const MethodEntry* next = nullptr;  // of the same class
};

class MethodTable;

// What is known at run time of one class, be it an actor's own or a base that proxies are typed by.
struct ClassEntry {
  const std::type_info* type;

  // Conversions to a base, asked of the language itself: the derived class throws its pointer, the
  // base tries to catch it. A handler takes exactly the pointers that convert to a public,
  // unambiguous base, virtual ones included, and adjusts them. Nothing else in C++20 answers this
  // for two classes that meet only at run time.
  void (*throw_pointer)(void* object);
  void* (*catch_pointer)(void (*throw_derived)(void*), void* object);  // null: not a base

  std::atomic<const MethodEntry*> methods{nullptr};
  const ClassEntry* next = nullptr;  // of all that have methods

  mutable MethodTable* table = nullptr;  // find_method()'s; made on first use, kept for the process
};

// The entry for a message of this id to an actor of this class; null if there is none. The class's
// own methods come first, so that overrides and names that hide a base's win; then those of its
// bases, the most derived first, with `object` adjusted to the base. `object` must be a complete
// object of the class.
const MethodEntry* find_method(const ClassEntry& actor_class, std::uint64_t id, void*& object);

// Links a method in. Two names with one id end the program, with a message naming both.
void add_method(ClassEntry& to, MethodEntry& entry);

// The name as in the source, for messages: "app::Monitor".
std::string class_name(const std::type_info& type);

template <class T>
ClassEntry& class_entry();

// ----------------------------------------------------------------------------------------------

template <class T>
void throw_pointer(void* object) {
  throw static_cast<T*>(object);
}

template <class T>
void* catch_pointer(void (*throw_derived)(void*), void* object) {
  try {
    throw_derived(object);
  } catch (T* base) {
    return base;
  } catch (...) {
  }
  return nullptr;
}

template <class T>
inline constinit ClassEntry kClassEntry{&typeid(T), &throw_pointer<T>, &catch_pointer<T>};

template <class T>
ClassEntry& class_entry() {
  return kClassEntry<T>;
}

}  // namespace pactor::runtime
