#include <pactor/runtime/method.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace pactor::runtime {
namespace {

// Each entry's thunk notes which it was and on which object.
std::string ran;
void* ran_on = nullptr;

template <char kWhich>
void note(void* object, wire::Decoder&, ReplyEncoder*) {
  ran = kWhich;
  ran_on = object;
}

template <class T>
struct Method {
  Method(std::uint64_t id, const char* name, Thunk thunk) : entry{id, name, thunk} {
    add_method(class_entry<T>(), entry);
  }
  MethodEntry entry;
};

template <class T>
std::string call(T& actor, std::uint64_t id) {
  void* object = &actor;
  const MethodEntry* method = find_method(class_entry<T>(), id, object);
  if (method == nullptr) return "unknown";
  wire::Decoder arguments({});
  method->thunk(object, arguments, nullptr);
  return ran;
}

struct Base {
  virtual ~Base() = default;
  int padding = 0;
};
struct Middle : Base {};
struct Second {
  int padding = 0;
};
struct VirtualBase {
  int padding = 0;
};
struct Hidden {};
struct Actor : Middle, Second, virtual VirtualBase, private Hidden {};
struct Stranger {};

const Method<Base> base_method{1, "one", note<'b'>};
const Method<Base> base_hidden_name{2, "two", note<'b'>};
const Method<Base> base_of_middle{3, "three", note<'b'>};
const Method<Middle> middle_method{3, "three", note<'m'>};
const Method<Second> second_method{4, "four", note<'s'>};
const Method<VirtualBase> virtual_method{5, "five", note<'v'>};
const Method<Hidden> hidden_method{6, "six", note<'h'>};
const Method<Stranger> stranger_method{7, "seven", note<'x'>};
const Method<Actor> own_method{2, "two", note<'a'>};

TEST(FindMethod, PrefersTheClassItself) {
  Actor actor;
  EXPECT_EQ(call(actor, 2), "a");
  EXPECT_EQ(ran_on, &actor);
}

TEST(FindMethod, FallsBackToBasesAndAdjustsTheObject) {
  Actor actor;
  EXPECT_EQ(call(actor, 1), "b");
  EXPECT_EQ(ran_on, static_cast<Base*>(&actor));
  EXPECT_EQ(call(actor, 4), "s");
  EXPECT_EQ(ran_on, static_cast<Second*>(&actor));
  EXPECT_EQ(call(actor, 5), "v");
  EXPECT_EQ(ran_on, static_cast<VirtualBase*>(&actor));
}

TEST(FindMethod, PrefersTheMoreDerivedOfTwoBases) {
  Actor actor;
  EXPECT_EQ(call(actor, 3), "m");
}

TEST(FindMethod, KnowsNeitherPrivateBasesNorOtherClassesNorInventedIds) {
  Actor actor;
  EXPECT_EQ(call(actor, 6), "unknown");
  EXPECT_EQ(call(actor, 7), "unknown");
  EXPECT_EQ(call(actor, 0), "unknown");
  EXPECT_EQ(call(actor, 99), "unknown");
}

TEST(FindMethod, FindsWhatALibraryOpenedLaterAdds) {
  struct Late {};
  Late actor;
  EXPECT_EQ(call(actor, 10), "unknown");
  static const Method<Late> late{10, "ten", note<'l'>};
  EXPECT_EQ(call(actor, 10), "l");
}

TEST(FindMethod, TellsManyIdsApartThatFallOnOneSlot) {
  struct Crowded {};
  Crowded actor;
  static std::vector<MethodEntry> entries;
  for (std::uint64_t i = 1; i <= 342; ++i) entries.push_back({i << 32, "m", note<'c'>});
  for (MethodEntry& entry : entries) add_method(class_entry<Crowded>(), entry);
  for (const MethodEntry& entry : entries) {
    void* object = &actor;
    EXPECT_EQ(find_method(class_entry<Crowded>(), entry.id, object), &entry);
  }
  EXPECT_EQ(call(actor, 1), "unknown");
}

TEST(AddMethod, TakesOneNameTwice) {
  struct Twice {};
  Twice actor;
  static const Method<Twice> first{20, "same", note<'1'>};
  static const Method<Twice> second{20, "same", note<'2'>};
  EXPECT_NE(call(actor, 20), "unknown");
}

TEST(AddMethodDeathTest, EndsTheProgramNamingBothWhereTwoNamesHaveOneId) {
  struct Collision {};
  const auto collide = [] {
    static const Method<Collision> first{30, "first", note<'1'>};
    static const Method<Collision> second{30, "second", note<'2'>};
  };
  EXPECT_DEATH(collide(), "methods 'first' and 'second' of class .*Collision have one id");
}

TEST(ClassName, IsSpelledAsInTheSource) {
  EXPECT_EQ(class_name(typeid(std::uint64_t)), "unsigned long");
  EXPECT_EQ(class_name(typeid(MethodEntry)), "pactor::runtime::MethodEntry");
}

}  // namespace
}  // namespace pactor::runtime
