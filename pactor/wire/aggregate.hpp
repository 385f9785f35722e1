// Aggregates, that is, structs of public fields without constructors: their fields, one by one.
//
//     struct Status { std::string target; int code = 0; std::vector<Status> causes; };
//
// Fields may be aggregates again, bit-fields, const, of a type that cannot be moved, or (then none
// of the others) C arrays. For more than 32 fields, base classes and anonymous unions there is
// codec<T>.
#pragma once

#include <pactor/wire/array.hpp>
#include <pactor/wire/fields.hpp>
#include <pactor/wire/range.hpp>
#include <pactor/wire/type_name.hpp>

#include <cstddef>
#include <type_traits>

namespace pactor::wire {

namespace detail {

template <class Field>
using FieldValue = std::remove_cv_t<std::remove_all_extents_t<Field>>;

template <class List>
struct FieldParts;
template <class... Field>
struct FieldParts<TypeList<Field...>> {
  using type = TypeList<FieldValue<Field>...>;
  static constexpr bool kAnyArray = (std::is_array_v<Field> || ...);
  static constexpr bool kAllFlat = (Flat<FieldValue<Field>> && ...);
  static constexpr std::size_t kSize = (std::size_t{0} + ... + sizeof(Field));
};

}  // namespace detail

template <class T>
concept SendableAggregate = PlainAggregate<T> && !in_std<T>() && !Container<T> &&
                            kFieldCount<T> != kUncounted && !kHasBase<T>;

template <SendableAggregate T>
struct Family<T> {
 private:
  using Traits = detail::FieldParts<Fields<T>>;

 public:
  using Parts = typename Traits::type;

  // All fields flat and nothing between them: padding would send what happened to lie there.
  static constexpr bool kFlat = Traits::kAllFlat && std::is_trivially_copyable_v<T> &&
                                !std::is_empty_v<T> && Traits::kSize == sizeof(T);

  static void encode(Encoder& encoder, const T& aggregate) {
    if constexpr (kFlat) {
      encoder.bytes(&aggregate, sizeof aggregate);
    } else {
      const auto encode_all = [&](auto, const auto&... field) {
        (encode_field(encoder, field), ...);
      };
      if constexpr (requires { std::tuple_size<T>::value; }) {
        const Copying what_get_makes_goes_at_once(encoder);  // structured bindings ask the type
        visit_fields(aggregate, encode_all);
      } else {
        visit_fields(aggregate, encode_all);
      }
    }
  }

  static T decode(Decoder& decoder) {
    if constexpr (kFlat) {
      return decoder.value<T>();
    } else if constexpr (Traits::kAnyArray) {
      static_assert(
          std::is_default_constructible_v<T> && std::is_move_assignable_v<T>,
          "pactor: a struct with a C array among its fields is filled in place and must be "
          "default-constructible and assignable; use std::array instead, or give it a "
          "pactor::codec<T>");
      T aggregate{};
      visit_fields(aggregate,
                   [&decoder](auto, auto&... field) { (decode_into(decoder, field), ...); });
      return aggregate;
    } else {
      return construct(decoder, Fields<T>());
    }
  }

 private:
  // Braces evaluate from left to right, and construct every field in its place. A bit-field is
  // narrower than its declared type; what was encoded came out of it and fits.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
  template <class... Field>
  static T construct([[maybe_unused]] Decoder& decoder, TypeList<Field...>) {
    return T{wire::decode<std::remove_cv_t<Field>>(decoder)...};
  }  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): fields made before a throw are destroyed
#pragma GCC diagnostic pop
};

}  // namespace pactor::wire
