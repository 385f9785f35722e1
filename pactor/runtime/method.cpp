#include <pactor/runtime/method.hpp>

#include <cxxabi.h>

#include <algorithm>
#include <bit>
#include <cinttypes>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

namespace pactor::runtime {
namespace {

// Every class that has a method. Pushed to only.
constinit std::atomic<const ClassEntry*> classes{nullptr};

// Counts the entries, so that a table notices when a library opened later has brought more.
constinit std::atomic<std::uint64_t> generation{0};

template <class Entry>
void push(std::atomic<const Entry*>& head, Entry& entry) {
  entry.next = head.load(std::memory_order_relaxed);
  // Pairs with the acquire loads of the heads: who sees the entry sees its fields and its `next`.
  while (!head.compare_exchange_weak(entry.next, &entry, std::memory_order_release,
                                     std::memory_order_relaxed)) {
  }
}

[[noreturn]] void end_for_collision(const ClassEntry& in, const MethodEntry& a,
                                    const MethodEntry& b) {
  std::fprintf(stderr,
               "pactor: methods '%s' and '%s' of class %s have one id, %016" PRIx64
               ": rename one of them\n",
               a.name, b.name, class_name(*in.type).c_str(), a.id);
  std::abort();
}

}  // namespace

// Open addressing, linear probing, at most half full. An id is a hash already; 0 is no id and marks
// a free slot.
class MethodTable {
 public:
  struct Slot {
    std::uint64_t id = 0;
    const MethodEntry* method = nullptr;
    std::ptrdiff_t offset = 0;  // from the actor's object to the base that has the method
  };

  MethodTable(const ClassEntry& actor_class, void* object, bool with_bases)
      : generation_(generation.load(std::memory_order_acquire)), with_bases_(with_bases) {
    std::vector<Slot> all;
    append(all, actor_class, 0);
    if (with_bases) append_bases(all, actor_class, object);
    slots_.resize(std::bit_ceil(2 * all.size() + 1));
    for (const Slot& slot : all) insert(slot);
  }

  const Slot* find(std::uint64_t id) const {
    const Slot& slot = slots_[position(id)];
    return slot.method == nullptr ? nullptr : &slot;
  }

  // Whether a fresh table could hold more than this one.
  bool complete() const {
    return with_bases_ && generation_ == generation.load(std::memory_order_acquire);
  }

 private:
  static void append(std::vector<Slot>& to, const ClassEntry& from, std::ptrdiff_t offset) {
    for (auto* m = from.methods.load(std::memory_order_acquire); m != nullptr; m = m->next) {
      to.push_back({m->id, m, offset});
    }
  }

  static void append_bases(std::vector<Slot>& to, const ClassEntry& actor_class, void* object) {
    struct Base {
      const ClassEntry* entry;
      void* object;
      int depth = 0;
    };
    std::vector<Base> bases;
    for (auto* c = classes.load(std::memory_order_acquire); c != nullptr; c = c->next) {
      if (c == &actor_class) continue;
      void* base = c->catch_pointer(actor_class.throw_pointer, object);
      if (base != nullptr) bases.push_back({c, base});
    }
    // A class has more bases than any base of its own: the count of them sorts the derived before
    // the base.
    for (Base& derived : bases) {
      derived.depth = static_cast<int>(std::ranges::count_if(bases, [&](const Base& base) {
        return base.entry->catch_pointer(derived.entry->throw_pointer, derived.object) != nullptr;
      }));
    }
    std::ranges::sort(bases, std::ranges::greater{}, &Base::depth);
    for (const Base& base : bases) {
      append(to, *base.entry,
             static_cast<std::byte*>(base.object) - static_cast<std::byte*>(object));
    }
  }

  std::size_t position(std::uint64_t id) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = id & mask;
    while (slots_[i].id != id && slots_[i].id != 0) i = (i + 1) & mask;
    return i;
  }

  void insert(const Slot& slot) {
    Slot& place = slots_[position(slot.id)];
    if (place.id == 0) place = slot;  // else the first wins: the most derived class's
  }

  std::vector<Slot> slots_;
  std::uint64_t generation_;
  bool with_bases_;
};

const MethodEntry* find_method(const ClassEntry& actor_class, std::uint64_t id, void*& object) {
  // The bases are looked for on the first miss only: finding them costs an exception per class
  // known, and most actors are spoken to through proxies of their own class.
  if (actor_class.table == nullptr) {
    actor_class.table = std::make_unique<MethodTable>(actor_class, object, false).release();
  }
  const MethodTable::Slot* slot = actor_class.table->find(id);
  if (slot == nullptr && !actor_class.table->complete()) {
    *actor_class.table = MethodTable(actor_class, object, true);
    slot = actor_class.table->find(id);
  }
  if (slot == nullptr) return nullptr;
  object = static_cast<std::byte*>(object) + slot->offset;
  return slot->method;
}

void add_method(ClassEntry& to, MethodEntry& entry) {
  const MethodEntry* others = to.methods.load(std::memory_order_acquire);
  for (auto* other = others; other != nullptr; other = other->next) {
    // One name, twice: the same call, spelled proxy->m() here and proxy.send<&T::m>() there. Either
    // thunk will do.
    if (other->id == entry.id && std::string_view(other->name) != entry.name) {
      end_for_collision(to, *other, entry);
    }
  }
  push(to.methods, entry);
  if (entry.next == nullptr) push(classes, to);  // the class's first
  generation.fetch_add(1, std::memory_order_release);
}

std::string class_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name{
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free};
  return status == 0 ? name.get() : type.name();
}

}  // namespace pactor::runtime
