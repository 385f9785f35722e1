// Hands the fields of an aggregate to a visitor: what C++26 reflection will do in one line.
//
//     wire::visit_fields(sample, [&]<class... Field>(TypeList<Field...>, auto&... field) {
//       (encode(encoder, field), ...);
//     });
//
// `Field` is the declared type: int, const int, int&, int[3]. A structured binding needs its names
// spelled out, one declaration per number of fields; hence this page of macros. They are private.
#pragma once

#include <pactor/wire/codec.hpp>
#include <pactor/wire/field_count.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

// PACTOR_WIRE_FIELDS_3(F) is F(f1), F(f2), F(f3); F is one of decltype and PACTOR_WIRE_NAME.
#define PACTOR_WIRE_NAME(name) name
#define PACTOR_WIRE_FIELDS_1(F) F(f1)
#define PACTOR_WIRE_FIELDS_2(F) PACTOR_WIRE_FIELDS_1(F), F(f2)
#define PACTOR_WIRE_FIELDS_3(F) PACTOR_WIRE_FIELDS_2(F), F(f3)
#define PACTOR_WIRE_FIELDS_4(F) PACTOR_WIRE_FIELDS_3(F), F(f4)
#define PACTOR_WIRE_FIELDS_5(F) PACTOR_WIRE_FIELDS_4(F), F(f5)
#define PACTOR_WIRE_FIELDS_6(F) PACTOR_WIRE_FIELDS_5(F), F(f6)
#define PACTOR_WIRE_FIELDS_7(F) PACTOR_WIRE_FIELDS_6(F), F(f7)
#define PACTOR_WIRE_FIELDS_8(F) PACTOR_WIRE_FIELDS_7(F), F(f8)
#define PACTOR_WIRE_FIELDS_9(F) PACTOR_WIRE_FIELDS_8(F), F(f9)
#define PACTOR_WIRE_FIELDS_10(F) PACTOR_WIRE_FIELDS_9(F), F(f10)
#define PACTOR_WIRE_FIELDS_11(F) PACTOR_WIRE_FIELDS_10(F), F(f11)
#define PACTOR_WIRE_FIELDS_12(F) PACTOR_WIRE_FIELDS_11(F), F(f12)
#define PACTOR_WIRE_FIELDS_13(F) PACTOR_WIRE_FIELDS_12(F), F(f13)
#define PACTOR_WIRE_FIELDS_14(F) PACTOR_WIRE_FIELDS_13(F), F(f14)
#define PACTOR_WIRE_FIELDS_15(F) PACTOR_WIRE_FIELDS_14(F), F(f15)
#define PACTOR_WIRE_FIELDS_16(F) PACTOR_WIRE_FIELDS_15(F), F(f16)
#define PACTOR_WIRE_FIELDS_17(F) PACTOR_WIRE_FIELDS_16(F), F(f17)
#define PACTOR_WIRE_FIELDS_18(F) PACTOR_WIRE_FIELDS_17(F), F(f18)
#define PACTOR_WIRE_FIELDS_19(F) PACTOR_WIRE_FIELDS_18(F), F(f19)
#define PACTOR_WIRE_FIELDS_20(F) PACTOR_WIRE_FIELDS_19(F), F(f20)
#define PACTOR_WIRE_FIELDS_21(F) PACTOR_WIRE_FIELDS_20(F), F(f21)
#define PACTOR_WIRE_FIELDS_22(F) PACTOR_WIRE_FIELDS_21(F), F(f22)
#define PACTOR_WIRE_FIELDS_23(F) PACTOR_WIRE_FIELDS_22(F), F(f23)
#define PACTOR_WIRE_FIELDS_24(F) PACTOR_WIRE_FIELDS_23(F), F(f24)
#define PACTOR_WIRE_FIELDS_25(F) PACTOR_WIRE_FIELDS_24(F), F(f25)
#define PACTOR_WIRE_FIELDS_26(F) PACTOR_WIRE_FIELDS_25(F), F(f26)
#define PACTOR_WIRE_FIELDS_27(F) PACTOR_WIRE_FIELDS_26(F), F(f27)
#define PACTOR_WIRE_FIELDS_28(F) PACTOR_WIRE_FIELDS_27(F), F(f28)
#define PACTOR_WIRE_FIELDS_29(F) PACTOR_WIRE_FIELDS_28(F), F(f29)
#define PACTOR_WIRE_FIELDS_30(F) PACTOR_WIRE_FIELDS_29(F), F(f30)
#define PACTOR_WIRE_FIELDS_31(F) PACTOR_WIRE_FIELDS_30(F), F(f31)
#define PACTOR_WIRE_FIELDS_32(F) PACTOR_WIRE_FIELDS_31(F), F(f32)

#define PACTOR_WIRE_VISIT(n)                                      \
  if constexpr (kCount == n) {                                    \
    auto& [PACTOR_WIRE_FIELDS_##n(PACTOR_WIRE_NAME)] = aggregate; \
    return visit(TypeList<PACTOR_WIRE_FIELDS_##n(decltype)>(),    \
                 PACTOR_WIRE_FIELDS_##n(PACTOR_WIRE_NAME));       \
  }

namespace pactor::wire {

template <class T, class Visitor>
constexpr decltype(auto) visit_fields(T& aggregate, Visitor&& visit) {
  constexpr std::size_t kCount = kFieldCount<std::remove_const_t<T>>;
  static_assert(kCount <= kMostFields);
  if constexpr (kCount == 0) {
    return visit(TypeList<>());
  }
  // clang-format off
  PACTOR_WIRE_VISIT(1) PACTOR_WIRE_VISIT(2) PACTOR_WIRE_VISIT(3) PACTOR_WIRE_VISIT(4)
  PACTOR_WIRE_VISIT(5) PACTOR_WIRE_VISIT(6) PACTOR_WIRE_VISIT(7) PACTOR_WIRE_VISIT(8)
  PACTOR_WIRE_VISIT(9) PACTOR_WIRE_VISIT(10) PACTOR_WIRE_VISIT(11) PACTOR_WIRE_VISIT(12)
  PACTOR_WIRE_VISIT(13) PACTOR_WIRE_VISIT(14) PACTOR_WIRE_VISIT(15) PACTOR_WIRE_VISIT(16)
  PACTOR_WIRE_VISIT(17) PACTOR_WIRE_VISIT(18) PACTOR_WIRE_VISIT(19) PACTOR_WIRE_VISIT(20)
  PACTOR_WIRE_VISIT(21) PACTOR_WIRE_VISIT(22) PACTOR_WIRE_VISIT(23) PACTOR_WIRE_VISIT(24)
  PACTOR_WIRE_VISIT(25) PACTOR_WIRE_VISIT(26) PACTOR_WIRE_VISIT(27) PACTOR_WIRE_VISIT(28)
  PACTOR_WIRE_VISIT(29) PACTOR_WIRE_VISIT(30) PACTOR_WIRE_VISIT(31) PACTOR_WIRE_VISIT(32)
  // clang-format on
}

namespace detail {

// A struct rather than a lambda, which g++ 12 loses in an alias template. Fields are taken by const
// auto&, since auto& cannot be bound to a bit-field.
struct FieldLister {
  template <class List>
  List operator()(List list, const auto&...) const {
    return list;
  }
};

}  // namespace detail

// The declared types of T's fields, in order.
template <class T>
using Fields = decltype(visit_fields(std::declval<T&>(), detail::FieldLister()));

}  // namespace pactor::wire

#undef PACTOR_WIRE_VISIT
#undef PACTOR_WIRE_NAME
