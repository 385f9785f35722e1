// Names and hashes of types and methods, known at compile time.
//
//     wire::type_name<Monitor>()                    // "app::Monitor", as this compiler spells it
//     wire::type_hash<std::vector<long>>()          // the same from g++ and from clang
//     wire::function_name<&Monitor::read_status>()  // "read_status"
//     wire::method_id("read_status", wire::type_hash<int>())
//
// A method's id is a hash of its name and parameter types, so that it does not depend on one binary
// or one compiler. Where the compilers spell a type differently the hash does not look at the
// spelling: numbers go by kind and size, template arguments are hashed each by itself. What remains
// is the compiler's own: templates with arguments that are not types (std::array and std::chrono
// apart), classes inside of class templates, and members of inline namespaces.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace pactor::wire {

// The qualified name of T as the compiler spells it.
template <class T>
consteval std::string_view type_name();

// Whether T is the standard library's.
template <class T>
consteval bool in_std();

// The unqualified name of the function that the pointer `M` points to.
template <auto M>
consteval std::string_view function_name();

// A hash of T's name, alike in every binary.
template <class T>
consteval std::uint64_t type_hash();

// The id of a method called `name` whose parameters' stored types (stored.hpp) have these hashes.
// Never 0, which is free to mean "none".
consteval std::uint64_t method_id(std::string_view name,
                                  std::same_as<std::uint64_t> auto... hashes);

// ---------------------------------------------------------------------------------------------

namespace detail {

// The `auto` matters: g++ explains every alias of the signature behind the arguments, and
// std::string_view is one.
template <class T>
consteval auto pretty_type() {
  return std::string_view(__PRETTY_FUNCTION__);
}

template <template <class...> class Template>
consteval auto pretty_template() {
  return std::string_view(__PRETTY_FUNCTION__);
}

template <auto M>
consteval auto pretty_function() {
  return std::string_view(__PRETTY_FUNCTION__);
}

// "… [with T = int]" (g++) and "… [T = int]" (clang) both become "int".
consteval std::string_view argument_of(std::string_view pretty, std::string_view parameter) {
  const std::size_t begin = pretty.find(parameter) + parameter.size();
  return pretty.substr(begin, pretty.rfind(']') - begin);
}

// "app::Cell<app::Point<int> >" becomes "app::Cell": cuts the argument list that ends the name.
consteval std::string_view without_arguments(std::string_view name) {
  if (!name.ends_with('>')) return name;
  std::size_t open = 0;
  for (std::size_t at = name.size(); at-- > 0;) {
    if (name[at] == '>') ++open;
    if (name[at] == '<' && --open == 0) return name.substr(0, at);
  }
  return name;
}

// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), 64 bits.
class Hash {
 public:
  consteval void mix(char byte) {
    value_ ^= static_cast<unsigned char>(byte);
    value_ *= 0x100000001b3ULL;
  }
  consteval void mix(std::uint64_t word) {
    for (int shift = 0; shift < 64; shift += 8) mix(static_cast<char>(word >> shift));
  }
  consteval void mix(std::string_view text) {
    for (const char byte : text) mix(byte);
    mix('\0');  // so that "ab" + "c" is not "a" + "bc"
  }
  [[nodiscard]] consteval std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

// Mixes in a qualified name, less what only one compiler or library puts into it: blanks, the
// spelling of unnamed namespaces, and the inline namespaces of std ("std::__cxx11::basic_string").
consteval void mix_name(Hash& hash, std::string_view name) {
  constexpr std::string_view kUnnamed[] = {"{anonymous}", "(anonymous namespace)"};
  constexpr std::string_view kInline[] = {"__cxx11::", "__1::", "_V2::"};
  while (!name.empty()) {
    std::size_t skipped = 0;
    for (const std::string_view spelling : kUnnamed) {
      if (name.starts_with(spelling)) {
        hash.mix('?');
        skipped = spelling.size();
      }
    }
    for (const std::string_view spelling : kInline) {
      if (name.starts_with(spelling)) skipped = spelling.size();
    }
    if (skipped == 0) {
      if (name.front() != ' ') hash.mix(name.front());
      skipped = 1;
    }
    name.remove_prefix(skipped);
  }
  hash.mix('\0');
}

// 'i', 'u' or 'f' for numbers. The character types and bool stand for themselves.
template <class T>
consteval std::string_view kind_of_number() {
  if constexpr (std::same_as<T, bool>) return "bool";
  if constexpr (std::same_as<T, char>) return "char";
  if constexpr (std::same_as<T, wchar_t>) return "wchar";
  if constexpr (std::same_as<T, char8_t>) return "char8";
  if constexpr (std::same_as<T, char16_t>) return "char16";
  if constexpr (std::same_as<T, char32_t>) return "char32";
  if constexpr (std::floating_point<T>) return "f";
  return std::signed_integral<T> ? "i" : "u";
}

// How T is hashed; the specialisations take apart what the compilers spell differently.
template <class T>
struct Structure {
  static consteval void mix(Hash& hash) {
    if constexpr (std::is_arithmetic_v<T>) {
      hash.mix(kind_of_number<T>());
      hash.mix(std::uint64_t{sizeof(T)});
    } else {
      mix_name(hash, type_name<T>());
    }
  }
};

template <template <class...> class Template, class... Arguments>
struct Structure<Template<Arguments...>> {
  static consteval void mix(Hash& hash) {
    // Not cut from the name of the whole, which may be another: libc++ has clang say "std::string".
    mix_name(hash, argument_of(pretty_template<Template>(), "Template = "));
    hash.mix(std::uint64_t{sizeof...(Arguments)});
    (hash.mix(type_hash<Arguments>()), ...);
  }
};

template <class T, std::size_t N>
struct Structure<std::array<T, N>> {
  static consteval void mix(Hash& hash) {
    hash.mix("std::array");
    hash.mix(type_hash<T>());
    hash.mix(std::uint64_t{N});
  }
};

template <class Rep, class Period>
struct Structure<std::chrono::duration<Rep, Period>> {
  static consteval void mix(Hash& hash) {
    hash.mix("std::chrono::duration");
    hash.mix(type_hash<Rep>());
    hash.mix(static_cast<std::uint64_t>(Period::num));
    hash.mix(static_cast<std::uint64_t>(Period::den));
  }
};

}  // namespace detail

template <class T>
consteval std::string_view type_name() {
  return detail::argument_of(detail::pretty_type<T>(), "T = ");
}

template <class T>
consteval bool in_std() {
  return type_name<T>().starts_with("std::");
}

// The compilers write "&app::Monitor::read_status", "& app::…", or a cast and that in parentheses;
// behind it may come the arguments of a function template.
template <auto M>
consteval std::string_view function_name() {
  std::string_view text = detail::argument_of(detail::pretty_function<M>(), "M = ");
  while (text.ends_with(')')) text.remove_suffix(1);
  text = detail::without_arguments(text);

  const auto in_identifier = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  std::size_t begin = text.size();
  while (begin > 0 && in_identifier(text[begin - 1])) --begin;
  return text.substr(begin);
}

template <class T>
consteval std::uint64_t type_hash() {
  detail::Hash hash;
  detail::Structure<T>::mix(hash);
  return hash.value();
}

consteval std::uint64_t method_id(std::string_view name,
                                  std::same_as<std::uint64_t> auto... hashes) {
  detail::Hash hash;
  hash.mix(name);
  (hash.mix(hashes), ...);
  return hash.value() == 0 ? 1 : hash.value();
}

}  // namespace pactor::wire
