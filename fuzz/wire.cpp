// The decoder of every family of types that can be sent. The first byte says of which type the others are.
#include "decode_again.hpp"
#include "input.hpp"
#include "target.hpp"

#include <pactor/wire/stored.hpp>

#include <array>
#include <bitset>
#include <chrono>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace pactor::fuzz {
namespace {

enum class Colour : std::uint8_t { red, green };

struct Empty {};

struct Flat {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
};

struct Status {
  std::string target;
  unsigned code : 5 = 0;
  bool up : 1 = false;
  Colour colour = Colour::red;
};

struct Raw {
  std::string target;
  char raw[3] = {};
  bool checked[2][2] = {};
};

struct Tree {
  int value = 0;
  std::vector<Tree> kids;
};

struct Link {
  std::string text;
  std::unique_ptr<Link> next;
};

struct Open {
  os::Fd first;
  std::vector<os::Fd> others;
};

// Has a codec, and an invariant.
class Even {
 public:
  explicit Even(int value) : value_(value) {}
  [[nodiscard]] int value() const { return value_; }

 private:
  int value_;
};

}  // namespace
}  // namespace pactor::fuzz

template <>
struct pactor::codec<pactor::fuzz::Even> {
  static void encode(Encoder& encoder, const pactor::fuzz::Even& even) {
    pactor::encode(encoder, even.value());
  }
  static pactor::fuzz::Even decode(Decoder& decoder) {
    const int value = pactor::decode<int>(decoder);
    if (value % 2 != 0) throw BadMessage("an odd one");
    return pactor::fuzz::Even(value);
  }
};

namespace pactor::fuzz {
namespace {

// As the parameter of a method, handed over to it.
template <class P>
struct Parameter {
  static void run(std::span<const std::byte> bytes) {
    decode_again<wire::stored_t<P>>(bytes);
    wire::Decoder decoder(bytes);
    try {
      auto stored = wire::decode<wire::stored_t<P>>(decoder);
      [[maybe_unused]] const auto seen = wire::hand_over<P>(stored);
      wire::Encoder encoder;
      wire::encode_stored<P>(encoder, seen);
    } catch (const BadMessage&) {
      // Refused.
    }
  }
};

template <class T>
struct Value {
  static void run(std::span<const std::byte> bytes) { decode_again<T>(bytes); }
};

using Run = void (*)(std::span<const std::byte>);

constexpr std::array<Run, 47> kTypes{
    // Scalars and text.
    Value<bool>::run, Value<std::uint8_t>::run, Value<double>::run, Value<float>::run,
    Value<Colour>::run, Value<std::string>::run, Value<std::wstring>::run,
    Value<std::u16string>::run,
    // Containers.
    Value<std::vector<std::uint8_t>>::run, Value<std::vector<std::uint64_t>>::run,
    Value<std::vector<bool>>::run, Value<std::vector<std::string>>::run,
    Value<std::vector<Flat>>::run, Value<std::vector<Empty>>::run, Value<std::deque<int>>::run,
    Value<std::list<std::string>>::run, Value<std::forward_list<int>>::run,
    Value<std::set<int>>::run, Value<std::multiset<std::string>>::run,
    Value<std::map<std::string, std::vector<int>>>::run, Value<std::multimap<int, Empty>>::run,
    Value<std::unordered_map<std::string, int>>::run,
    Value<std::vector<std::vector<std::vector<std::string>>>>::run,
    Value<std::vector<std::array<std::string, 3>>>::run, Value<std::array<bool, 5>>::run,
    // What may be this or that.
    Value<std::optional<std::wstring>>::run, Value<std::vector<std::optional<bool>>>::run,
    Value<std::variant<std::monostate, int, std::string, std::vector<bool>>>::run,
    Value<std::vector<std::variant<std::string, std::string, double>>>::run,
    Value<std::pair<bool, std::string>>::run, Value<std::tuple<>>::run,
    Value<std::tuple<int, std::string, std::tuple<bool, char>>>::run,
    Value<std::unique_ptr<std::string>>::run, Value<std::unique_ptr<const Flat>>::run,
    // Times and paths.
    Value<std::vector<std::chrono::nanoseconds>>::run,
    Value<std::chrono::duration<double, std::ratio<60>>>::run,
    Value<std::chrono::steady_clock::time_point>::run, Value<std::filesystem::path>::run,
    // Structs, those that hold themselves, those with a codec, descriptors.
    Value<Status>::run, Value<Raw>::run, Value<Tree>::run, Value<Link>::run,
    Value<std::vector<Even>>::run, Value<Open>::run,
    // Views.
    Parameter<std::string_view>::run, Parameter<std::span<const std::string>>::run,
    Parameter<const char*>::run};

void run(std::span<const std::byte> bytes) {
  Input input(bytes);
  const std::size_t type = input.below(kTypes.size());
  kTypes[type](input.rest());
}

template <class T>
Seed seed(const char* name, Run type, const T& value) {
  const auto at = static_cast<std::size_t>(std::ranges::find(kTypes, type) - kTypes.begin());
  PACTOR_CHECK(at < kTypes.size());
  wire::Encoder encoder;
  wire::encode(encoder, value);
  Bytes bytes{static_cast<std::byte>(at)};
  bytes.insert(bytes.end(), encoder.view().begin(), encoder.view().end());
  return {name, std::move(bytes)};
}

template <class T>
Seed seed(const char* name, const T& value) {
  return seed(name, &Value<T>::run, value);
}

std::vector<Seed> seeds() {
  using namespace std::string_literals;
  Tree tree{.value = 1, .kids = {}};
  tree.kids.push_back({.value = 2, .kids = {{.value = 3, .kids = {}}, {.value = 4, .kids = {}}}});
  Link link{.text = "first", .next = std::make_unique<Link>()};
  link.next->text = "second";
  Status status{.target = "disk", .code = 3, .up = true};
  Open open{.first = std::move(some_descriptors()[0]), .others = {}};
  open.others.push_back(std::move(some_descriptors()[0]));
  std::vector<Seed> all;
  all.push_back(seed("bool", true));
  all.push_back(seed("text", "some text, longer than the string itself holds"s));
  all.push_back(seed("wide", std::optional(L"wide"s)));
  all.push_back(seed("numbers", std::vector<std::uint64_t>{1, 2, 3}));
  all.push_back(seed("bits", std::vector<bool>{true, false, true}));
  all.push_back(seed("nothing", std::vector<Empty>(7)));
  all.push_back(seed("list", std::forward_list<int>{1, 2, 3}));
  all.push_back(seed("map", std::map<std::string, std::vector<int>>{{"a", {1, 2}}, {"b", {}}}));
  all.push_back(seed("unordered", std::unordered_map<std::string, int>{{"a", 1}, {"b", 2}}));
  all.push_back(seed("nested", std::vector<std::vector<std::vector<std::string>>>{{{"a"}, {}}}));
  all.push_back(
      seed("choice", std::variant<std::monostate, int, std::string, std::vector<bool>>("x"s)));
  all.push_back(seed("tuple", std::tuple<int, std::string, std::tuple<bool, char>>{1, "x", {}}));
  all.push_back(seed("pointer", std::make_unique<std::string>("x")));
  all.push_back(seed("times", std::vector<std::chrono::nanoseconds>(3)));
  all.push_back(seed("path", std::filesystem::path("/dev/null")));
  all.push_back(seed("struct", status));
  all.push_back(seed("tree", tree));
  all.push_back(seed("chain", link));
  all.push_back(seed("codec", std::vector<Even>{Even(2), Even(4)}));
  all.push_back(seed("descriptors", open));
  all.push_back(seed("view", &Parameter<std::span<const std::string>>::run,
                     std::vector<std::string>{"a", "b"}));
  return all;
}

}  // namespace

constinit const Target wire_target{.name = "wire", .run = run, .seeds = seeds};

}  // namespace pactor::fuzz
