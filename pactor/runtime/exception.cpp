#include <pactor/runtime/exception.hpp>

#include <pactor/error.hpp>

#include <cxxabi.h>
#include <any>
#include <array>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <typeinfo>

namespace pactor::runtime {

namespace {

// What there is to carry of any of them.
struct Carried {
  std::string type;
  std::string text;
  std::int32_t code = 0;  // of a system_error
  std::string category;   // likewise
  Exit exit;              // of an ActorDied
};

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> readable(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
  return readable ? readable.get() : name;
}

// An exception has to fit into a message to the keeper (os::kMessageBytes).
constexpr std::size_t kLongestType = 1024;
constexpr std::size_t kLongestText = 8 * 1024;

void shorten(std::string& text, std::size_t longest) {
  if (text.size() > longest) text.replace(longest, std::string::npos, "…");
}

// The code of a system_error, and what its thrower said before the code's own text.
std::exception_ptr revive_system_error(const Carried& carried) {
  const bool generic = carried.category == std::generic_category().name();
  if (!generic && carried.category != std::system_category().name()) {
    return std::make_exception_ptr(RemoteError(carried.type, carried.text));
  }
  const std::error_code code(carried.code,
                             generic ? std::generic_category() : std::system_category());
  const std::string ending = ": " + code.message();
  if (!carried.text.ends_with(ending)) return std::make_exception_ptr(std::system_error(code));
  const std::size_t said = carried.text.size() - ending.size();
  return std::make_exception_ptr(std::system_error(code, carried.text.substr(0, said)));
}

template <class E>
std::exception_ptr from_text(const Carried& carried) {
  return std::make_exception_ptr(E(carried.text));
}

// Of those that always say the same.
template <class E>
std::exception_ptr from_nothing(const Carried& /*carried*/) {
  return std::make_exception_ptr(E());
}

struct Revival {
  const std::type_info* type;
  std::exception_ptr (*revive)(const Carried&);
};

const std::array kRevivals{
    Revival{&typeid(std::runtime_error), &from_text<std::runtime_error>},
    Revival{&typeid(std::range_error), &from_text<std::range_error>},
    Revival{&typeid(std::overflow_error), &from_text<std::overflow_error>},
    Revival{&typeid(std::underflow_error), &from_text<std::underflow_error>},
    Revival{&typeid(std::logic_error), &from_text<std::logic_error>},
    Revival{&typeid(std::invalid_argument), &from_text<std::invalid_argument>},
    Revival{&typeid(std::domain_error), &from_text<std::domain_error>},
    Revival{&typeid(std::length_error), &from_text<std::length_error>},
    Revival{&typeid(std::out_of_range), &from_text<std::out_of_range>},
    Revival{&typeid(Error), &from_text<Error>},
    Revival{&typeid(Timeout), &from_text<Timeout>},
    Revival{&typeid(Overloaded), &from_text<Overloaded>},
    Revival{&typeid(SpawnError), &from_text<SpawnError>},
    Revival{&typeid(BadMessage), &from_text<BadMessage>},
    Revival{&typeid(std::exception), &from_nothing<std::exception>},
    Revival{&typeid(std::bad_alloc), &from_nothing<std::bad_alloc>},
    Revival{&typeid(std::bad_array_new_length), &from_nothing<std::bad_array_new_length>},
    Revival{&typeid(std::bad_cast), &from_nothing<std::bad_cast>},
    Revival{&typeid(std::bad_typeid), &from_nothing<std::bad_typeid>},
    Revival{&typeid(std::bad_any_cast), &from_nothing<std::bad_any_cast>},
    Revival{&typeid(std::bad_optional_access), &from_nothing<std::bad_optional_access>},
    Revival{&typeid(std::bad_function_call), &from_nothing<std::bad_function_call>},
    Revival{&typeid(std::bad_weak_ptr), &from_nothing<std::bad_weak_ptr>},
    Revival{&typeid(ActorDied),
            [](const Carried& c) { return std::make_exception_ptr(ActorDied(c.exit)); }},
    Revival{&typeid(std::system_error), &revive_system_error}};

Carried carry_current() {
  Carried carried;
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) return carried;
  carried.type = demangled(type->name());
  try {
    throw;
  } catch (const RemoteError& error) {  // on its second journey it keeps the name it came with
    carried.type = error.type();
    carried.text = error.what();
  } catch (const ActorDied& error) {
    carried.text = error.what();
    carried.exit = error.exit();
  } catch (const std::system_error& error) {
    carried.text = error.what();
    carried.code = error.code().value();
    carried.category = error.code().category().name();
  } catch (const std::exception& error) {
    carried.text = error.what();
  } catch (const std::string& text) {
    carried.text = text;
  } catch (const char* text) {
    carried.text = text;
  } catch (...) {
    carried.text = "(no text: not a std::exception)";
  }
  shorten(carried.type, kLongestType);
  shorten(carried.text, kLongestText);
  return carried;
}

}  // namespace

ExceptionText describe_current_exception() {
  const Carried carried = carry_current();
  return {.type = carried.type, .text = carried.text};
}

void encode_current_exception(wire::Encoder& encoder) { wire::encode(encoder, carry_current()); }

std::exception_ptr decode_exception(wire::Decoder& decoder) {
  const auto carried = wire::decode<Carried>(decoder);
  for (const Revival& known : kRevivals) {
    if (carried.type == demangled(known.type->name())) return known.revive(carried);
  }
  return std::make_exception_ptr(RemoteError(carried.type, carried.text));
}

}  // namespace pactor::runtime
