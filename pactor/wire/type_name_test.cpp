#include <pactor/wire/type_name.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace app {

enum class Level { low, high };

template <class T>
struct Cell {
  void put(T value);
};

struct Monitor {
  virtual ~Monitor() = default;
  void read_status();
  int last() const;
  void stop() noexcept;
  virtual void report(int code);
  void over(int a);
  void over(double a);
  template <class T>
  void any(T value);
  static void all();
};

struct DiskMonitor : Monitor {
  void spin();
};

}  // namespace app

namespace pactor::wire {
namespace {

struct Unnamed {};

TEST(TypeName, IsQualified) {
  EXPECT_EQ(type_name<int>(), "int");
  EXPECT_EQ(type_name<app::Monitor>(), "app::Monitor");
  EXPECT_EQ(type_name<app::Cell<int>>(), "app::Cell<int>");
}

TEST(TypeName, TellsTheStandardLibraryApart) {
  EXPECT_TRUE(in_std<std::string>());
  EXPECT_TRUE(in_std<std::chrono::seconds>());
  EXPECT_FALSE(in_std<app::Monitor>());
  EXPECT_FALSE(in_std<app::Cell<std::string>>());
}

TEST(FunctionName, IsTheUnqualifiedNameOfAnyKindOfMember) {
  using app::Monitor;
  EXPECT_EQ(function_name<&Monitor::read_status>(), "read_status");
  EXPECT_EQ(function_name<&Monitor::last>(), "last");
  EXPECT_EQ(function_name<&Monitor::stop>(), "stop");
  EXPECT_EQ(function_name<&Monitor::report>(), "report");
  EXPECT_EQ(function_name<&Monitor::all>(), "all");
  EXPECT_EQ(function_name<static_cast<void (Monitor::*)(double)>(&Monitor::over)>(), "over");
  EXPECT_EQ(function_name<&Monitor::any<std::vector<int>>>(), "any");
}

TEST(FunctionName, IsThatOfTheClassThatDeclaresIt) {
  EXPECT_EQ(function_name<&app::DiskMonitor::spin>(), "spin");
  EXPECT_EQ(function_name<&app::DiskMonitor::last>(), "last");
  EXPECT_EQ((function_name<&app::Cell<std::map<int, std::string>>::put>()), "put");
}

// The figures were printed by g++ 12 and clang 19 alike. A change of any of them is a change of the
// protocol between binaries: make it knowingly.
TEST(TypeHash, IsTheSameFromEveryCompiler) {
  EXPECT_EQ(type_hash<int>(), 0xaf0ff330f66f0028U);
  EXPECT_EQ(type_hash<long>(), 0x3324d70ccab1d7a4U);
  EXPECT_EQ(type_hash<unsigned char>(), 0xac8a5a6c3a5bfbf1U);
  EXPECT_EQ(type_hash<double>(), 0x5556aded2ce0a313U);
  EXPECT_EQ(type_hash<std::string>(), 0x62ebfc55e1fc280aU);
  EXPECT_EQ(type_hash<std::vector<long>>(), 0x9d5556d9b75e4aabU);
  EXPECT_EQ(type_hash<std::chrono::milliseconds>(), 0xbace2ab2b3fae35dU);
  EXPECT_EQ((type_hash<std::variant<std::monostate, int>>()), 0x551f2375d6476f68U);
  EXPECT_EQ((type_hash<std::array<int, 3>>()), 0x5d570287c280b034U);
  EXPECT_EQ(type_hash<std::chrono::sys_time<std::chrono::nanoseconds>>(), 0x353807f9964ce823U);
  EXPECT_EQ(type_hash<std::unique_ptr<app::Cell<app::Level>>>(), 0x18c22405355bb978U);
}

TEST(TypeHash, GoesByKindAndSizeOfNumbersAndNotByTheirNames) {
  EXPECT_EQ(type_hash<long>(), type_hash<long long>());
  EXPECT_EQ(type_hash<std::vector<long>>(), type_hash<std::vector<long long>>());
  EXPECT_NE(type_hash<int>(), type_hash<unsigned>());
  EXPECT_NE(type_hash<int>(), type_hash<long>());
  EXPECT_NE(type_hash<char>(), type_hash<signed char>());
  EXPECT_NE(type_hash<std::uint8_t>(), type_hash<bool>());
  EXPECT_NE(type_hash<int>(), type_hash<float>());
}

TEST(TypeHash, TellsTemplatesAndTheirArgumentsApart) {
  EXPECT_NE(type_hash<std::vector<int>>(), type_hash<std::optional<int>>());
  EXPECT_NE(type_hash<std::vector<int>>(), type_hash<std::vector<float>>());
  EXPECT_NE((type_hash<std::map<int, float>>()), (type_hash<std::map<float, int>>()));
  EXPECT_NE((type_hash<std::array<int, 3>>()), (type_hash<std::array<int, 4>>()));
  EXPECT_NE(type_hash<std::chrono::seconds>(), type_hash<std::chrono::milliseconds>());
  EXPECT_NE(type_hash<app::Cell<int>>(), type_hash<app::Cell<app::Cell<int>>>());
  EXPECT_NE(type_hash<app::Level>(), type_hash<app::Monitor>());
  EXPECT_NE(type_hash<Unnamed>(), type_hash<app::Monitor>());
}

TEST(MethodId, DependsOnNameParametersAndTheirOrder) {
  constexpr auto kInt = type_hash<int>();
  constexpr auto kText = type_hash<std::string>();
  constexpr auto kId = method_id("update_status", kText, kInt);
  static_assert(kId != 0);
  EXPECT_EQ(kId, method_id("update_status", kText, kInt));
  EXPECT_NE(kId, method_id("update_state", kText, kInt));
  EXPECT_NE(kId, method_id("update_status", kInt, kText));
  EXPECT_NE(kId, method_id("update_status", kText));
  EXPECT_NE(kId, method_id("update_status"));
}

}  // namespace
}  // namespace pactor::wire
