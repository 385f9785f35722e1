// What can be sent, and in which forms: each family of types there and back through a real actor, and each
// way in which a call may be written.
#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <limits>
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
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace app {

enum class Color : std::uint8_t { red, green = 200 };
enum Legacy { kOne = 1, kMinus = -1 };

struct Status {
  std::string target;
  int code = 0;
  bool operator==(const Status&) const = default;
};

struct Report {
  Status main;
  std::array<double, 2> load{};
  std::vector<Status> others;
  std::optional<Color> color;
  unsigned flags : 3 = 0;
  bool operator==(const Report&) const = default;
};

// Contains itself, through a container and through a pointer.
struct Tree {
  int value = 0;
  std::vector<Tree> children;
  std::map<std::string, Tree> named;
  bool operator==(const Tree&) const = default;
};
struct Chain {
  int value = 0;
  std::unique_ptr<Chain> next;
};

// Has an invariant and a codec.
class Money {
 public:
  explicit Money(long cents) : cents_(cents) {}
  long cents() const { return cents_; }
  bool operator==(const Money&) const = default;

 private:
  long cents_;
};

}  // namespace app

template <>
struct pactor::codec<app::Money> {
  static void encode(Encoder& encoder, const app::Money& money) {
    pactor::encode(encoder, money.cents());
  }
  static app::Money decode(Decoder& decoder) { return app::Money(pactor::decode<long>(decoder)); }
};

namespace app {

// Gives back what it gets, and what it was built from.
template <class T>
class Echo {
 public:
  explicit Echo(T first) : kept_(std::move(first)) {}
  T swap(T value) { return std::exchange(kept_, std::move(value)); }
  const T& get() const { return kept_; }
  bool same(const T& value) const { return value == kept_; }

 private:
  T kept_;
};
PACTOR_ACTOR_TEMPLATE((class T), Echo, (T), swap, get, same);

class Forms;
PACTOR_ACTOR(Forms, add, which, concat, take, take_rvalue, sum, sum_three, put, lengths, view, text,
             name, twice, forget, calls, meet, next_of);
class Forms {
 public:
  int add(int a, int b = 20, long c = 300) { return a + b + static_cast<int>(c); }
  std::string which(int) { return "int"; }
  std::string which(double) { return "double"; }
  std::string which(const std::string& s) const { return "string " + s; }
  std::string which(const Status& s) { return "status " + s.target; }
  std::string concat(const char* a, std::string_view b, const std::string& c, std::string d) {
    return a + std::string(b) + c + d;
  }
  int take(std::unique_ptr<int> a, std::vector<std::unique_ptr<int>> b) {
    int sum = a ? *a : 0;
    for (const auto& each : b) sum += *each;
    return sum;
  }
  std::size_t take_rvalue(std::string&& text) {
    const std::string taken = std::move(text);
    return taken.size();
  }
  int sum(std::span<const int> numbers) {
    int sum = 0;
    for (const int n : numbers) sum += n;
    return sum;
  }
  int sum_three(const std::span<const int, 3>& numbers) { return sum(numbers); }
  std::string put(const Status& status, std::pair<int, int> pair) {
    return status.target + std::to_string(status.code + pair.first + pair.second);
  }
  std::vector<std::size_t> lengths(const std::vector<std::string>& texts) {
    std::vector<std::size_t> found;
    for (const std::string& text : texts) found.push_back(text.size());
    return found;
  }
  std::string_view view() const { return name_; }
  const char* text() const { return name_.c_str(); }
  const std::string& name() const& noexcept { return name_; }
  static int twice(int n) { return 2 * n; }
  void forget() { ++calls_; }
  int calls() const { return calls_; }
  pactor::Proxy<Forms> meet(const std::optional<pactor::Proxy<Forms>>& other) {
    return other ? *other : pactor::self(this);
  }
  std::unique_ptr<Chain> next_of(const Chain& chain) {
    return chain.next ? std::make_unique<Chain>(Chain{chain.next->value, nullptr}) : nullptr;
  }

 private:
  std::string name_ = "forms";
  int calls_ = 0;
};

}  // namespace app

namespace {

using namespace processes;
using namespace std::chrono_literals;
using app::Color;
using app::Echo;
using app::Forms;
using app::Status;
using pactor::Actor;

class Types : public ProcessTest {
 protected:
  // As constructor's argument, as argument by value and by reference, and as result, both ways.
  template <class T>
  static void arrive(const T& first, const T& second) {
    SCOPED_TRACE(pactor::wire::type_name<T>());
    Actor<Echo<T>> echo(first);
    EXPECT_TRUE(echo.ask()->get().get() == first);
    EXPECT_TRUE(echo.ask()->same(first).get());
    EXPECT_TRUE(echo.ask()->swap(second).get() == first);
    EXPECT_TRUE(echo.ask()->same(second).get());
    EXPECT_TRUE(echo.ask()->get().get() == second);
  }
  template <class T>
  static void arrive(const T& value) {
    arrive(T{}, value);
  }
};

TEST_F(Types, NumbersAndEnumsArrive) {
  arrive(true);
  arrive('c');
  arrive(std::numeric_limits<std::int8_t>::min());
  arrive(std::numeric_limits<std::uint64_t>::max());
  arrive(-0.5F);
  arrive(std::numeric_limits<double>::infinity());
  arrive(1.0L / 3);
  arrive(Color::green);
  arrive(app::kMinus);
  arrive(std::byte{0xfe});
}

TEST_F(Types, TextAndPathsArrive) {
  arrive(std::string("a\0b", 3));
  arrive(std::string(1000, 'x'));
  arrive(std::wstring(L"wide \x3b1"));
  arrive(std::u8string(u8"utf-8"));
  arrive(std::u16string(u"sixteen"));
  arrive(std::u32string(U"thirty-two"));
  arrive(std::filesystem::path("/var/log/../log/x.txt"));
}

TEST_F(Types, SequencesArrive) {
  arrive(std::vector<int>{1, -2, 3});
  arrive(std::vector<std::byte>(1000, std::byte{3}));
  arrive(std::vector<bool>{true, false, true});
  arrive(std::vector<std::vector<std::string>>{{"a", ""}, {}, {"b"}});
  arrive(std::deque<Color>{Color::green});
  arrive(std::list<std::string>{"x", "y"});
  arrive(std::forward_list<int>{1, 2, 3});
  arrive(std::array<std::string, 2>{"a", "b"});
  arrive(std::array<int, 0>{});
}

TEST_F(Types, MapsAndSetsArrive) {
  arrive(std::set<std::string>{"b", "a"});
  arrive(std::multiset<int>{1, 1, 2});
  arrive(std::map<std::string, std::vector<int>>{{"a", {1}}, {"b", {}}});
  arrive(std::multimap<int, int>{{1, 2}, {1, 1}});
  arrive(std::unordered_set<int>{3, 1, 2});
  arrive(std::unordered_map<int, std::string>{{1, "one"}, {2, "two"}});
}

TEST_F(Types, PairsTuplesOptionalsAndVariantsArrive) {
  arrive(std::pair<int, std::string>(1, "x"));
  arrive(std::tuple<int, std::string, std::tuple<bool>>(1, "two", true));
  arrive(std::optional<std::string>("there"));
  arrive(std::vector<std::optional<std::optional<int>>>{std::nullopt, std::optional<int>(), 3});
  arrive(std::variant<std::monostate, int, std::string>("text"));
}

TEST_F(Types, TimesArrive) {
  arrive(-3ms);
  arrive(std::chrono::duration<double>(1.5));
  arrive(std::chrono::system_clock::now());
  arrive(std::chrono::steady_clock::now());
}

TEST_F(Types, AggregatesAndTypesWithACodecArrive) {
  arrive(Status{"disk", 3});
  arrive(app::Report{{"a", 1}, {0.5, 1.5}, {{"b", 2}, {"c", 3}}, Color::green, 5});
  arrive(app::Money(1), app::Money(-250));
  arrive(std::vector<app::Money>{app::Money(3), app::Money(4)});
}

TEST_F(Types, ThatContainThemselvesArrive) {
  app::Tree tree{1, {{2, {{3, {}, {}}}, {}}, {4, {}, {}}}, {}};
  tree.named["five"] = {5, {{6, {}, {}}}, {}};
  arrive(tree);
  app::Tree deep{0, {}, {}};
  for (int i = 1; i < 400; ++i) {
    app::Tree above{i, {}, {}};
    above.children.push_back(std::move(deep));
    deep = std::move(above);
  }
  arrive(deep);
  Actor<Forms> forms;
  const app::Chain chain{1, std::make_unique<app::Chain>(app::Chain{2, nullptr})};
  const auto next = forms.ask()->next_of(chain).get();
  EXPECT_TRUE(next != nullptr && next->value == 2 && next->next == nullptr);
}

TEST_F(Types, ThatOnlyMoveArrive) {
  Actor<Echo<std::unique_ptr<std::string>>> echo(std::make_unique<std::string>("first"));
  EXPECT_EQ(*echo.ask()->swap(std::make_unique<std::string>("second")).get(), "first");
  EXPECT_EQ(*echo.ask()->swap(nullptr).get(), "second");
  EXPECT_EQ(echo.ask()->get().get(), nullptr);
}

class ArgumentForms : public ProcessTest {};

TEST_F(ArgumentForms, DefaultsMayBeLeftOut) {
  Actor<Forms> forms;
  EXPECT_EQ(forms.ask()->add(1).get(), 321);
  EXPECT_EQ(forms.ask()->add(1, 2).get(), 303);
  EXPECT_EQ(forms.ask()->add(1, 2, 3).get(), 6);
  EXPECT_EQ(forms.ask<&Forms::add>(1, 2, 3).get(), 6);
}

TEST_F(ArgumentForms, OverloadsAreChosenAsInADirectCall) {
  Actor<Forms> forms;
  EXPECT_EQ(forms.ask()->which(1).get(), "int");
  EXPECT_EQ(forms.ask()->which(1.5).get(), "double");
  EXPECT_EQ(forms.ask()->which(std::string("x")).get(), "string x");
  EXPECT_EQ(forms.ask()->which("literal").get(), "string literal");
  EXPECT_EQ(forms.ask()->which(Status{"disk"}).get(), "status disk");
  EXPECT_EQ(forms.ask<pactor::pick<double>(&Forms::which)>(1).get(), "double");
}

TEST_F(ArgumentForms, LiteralsViewsAndStringsGoWhereTextIsWanted) {
  Actor<Forms> forms;
  const std::string owned = "own ";
  const std::string_view view = "view ";
  EXPECT_EQ(forms.ask()->concat("a ", "b ", "c ", "d").get(), "a b c d");
  EXPECT_EQ(forms.ask()->concat(owned.c_str(), view, owned, owned + "moved").get(),
            "own view own own moved");
}

TEST_F(ArgumentForms, ArgumentsThatOnlyMoveAndRvaluesAreTaken) {
  Actor<Forms> forms;
  std::vector<std::unique_ptr<int>> many;
  for (int i = 1; i <= 3; ++i) many.push_back(std::make_unique<int>(i));
  EXPECT_EQ(forms.ask()->take(std::make_unique<int>(10), std::move(many)).get(), 16);
  EXPECT_EQ(forms.ask()->take(nullptr, {}).get(), 0);
  EXPECT_EQ(forms.ask()->take_rvalue("literal").get(), 7u);
  std::string text(100, 'x');
  EXPECT_EQ(forms.ask()->take_rvalue(std::move(text)).get(), 100u);
}

TEST_F(ArgumentForms, BracesAndSpansAndConversionsWorkAsInADirectCall) {
  Actor<Forms> forms;
  EXPECT_EQ(forms.ask()->put({"disk", 3}, {10, 100}).get(), "disk113");
  EXPECT_EQ(forms.ask()->lengths({"", "a", "bcd"}).get(), (std::vector<std::size_t>{0, 1, 3}));
  EXPECT_EQ(forms.ask()->sum(std::vector<int>{1, 2, 3, 4}).get(), 10);
  const std::array<int, 3> three{5, 6, 7};
  EXPECT_EQ(forms.ask()->sum_three(three).get(), 18);
  EXPECT_EQ(forms.ask()->add('a' - 'a', true, short{2}).get(), 3);
}

TEST_F(ArgumentForms, ResultsMayBeReferencesViewsCStringsAndNothing) {
  Actor<Forms> forms;
  EXPECT_EQ(forms.ask()->name().get(), "forms");
  EXPECT_EQ(forms.ask()->view().get(), "forms");
  EXPECT_EQ(forms.ask()->text().get(), "forms");
  EXPECT_EQ(forms.ask()->twice(21).get(), 42);
  forms.ask()->forget().get();
  forms->forget();
  EXPECT_EQ(forms.ask()->calls().get(), 2);
}

TEST_F(ArgumentForms, TellsTakeWhatAsksTake) {
  Actor<Forms> forms;
  forms->add(1);
  forms->which("x");
  forms->put({"disk", 3}, {1, 2});
  forms->take(nullptr, {});
  forms.send<&Forms::forget>();
  EXPECT_EQ(forms.ask()->calls().get(), 1);
}

TEST_F(ArgumentForms, ProxiesTravelBothWays) {
  Actor<Forms> forms, other;
  EXPECT_EQ(forms.ask()->meet(other.proxy()).get(), other.proxy());
  EXPECT_EQ(forms.ask()->meet(std::nullopt).get(), forms.proxy());
  forms.ask()->meet(other.proxy()).get()->forget();
  EXPECT_EQ(other.ask()->calls().get(), 1);
}

}  // namespace
