// Containers: a length, then the elements; of a map, each key and its value.
//
// Known by what they can do and not by name, so that containers of other libraries are welcome:
// iteration, construction from nothing, and one of push_back, emplace_hint and insert_after.
//
// A length comes from another process. It must not make us allocate what no message of that size
// could fill; so every element takes at least one byte, and a length beyond remaining() is refused.
#pragma once

#include <pactor/os/large_block.hpp>
#include <pactor/wire/nesting.hpp>
#include <pactor/wire/text.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

namespace pactor::wire {

// What is needed of <ranges>, which alone would take as long to compile as half of this folder.
template <class T>
using IteratorOf = decltype(std::begin(std::declval<T&>()));
template <class T>
using ElementOf = std::iter_value_t<IteratorOf<T>>;

template <class T>
concept ForwardRange = requires(T& range) {
  { std::begin(range) } -> std::forward_iterator;
  { std::end(range) } -> std::sentinel_for<IteratorOf<T>>;
};

template <class T>
concept MapLike = requires {
  typename T::key_type;
  typename T::mapped_type;
};

namespace detail {

template <class T>
concept Appends = requires(T& t, typename T::value_type v) { t.push_back(std::move(v)); };

template <class T>
concept Inserts =
    requires(T& t, typename T::value_type v) { t.emplace_hint(t.end(), std::move(v)); };

template <class T>
concept Links =
    requires(T& t, typename T::value_type v) { t.insert_after(t.before_begin(), std::move(v)); };

template <class T>
struct ElementParts {
  using type = TypeList<typename T::value_type>;
};
template <MapLike T>
struct ElementParts<T> {
  using type = TypeList<typename T::key_type, typename T::mapped_type>;
};

// Whether the elements lie side by side and can be copied at once.
template <class T>
concept FlatSequence = std::contiguous_iterator<IteratorOf<T>> && requires(T& range) {
  std::size(range);
  std::data(range);
} && Flat<ElementOf<T>>;

// Whether what is encoded is a part of the range, and not made as an iterator looks at it.
template <class T>
concept HoldsElements = std::is_lvalue_reference_v<std::iter_reference_t<IteratorOf<T>>> &&
                        std::same_as<std::remove_cvref_t<std::iter_reference_t<IteratorOf<T>>>,
                                     ElementOf<std::remove_const_t<T>>> &&
                        (!MapLike<T> || requires(const ElementOf<std::remove_const_t<T>>& element) {
                          { element.first } -> std::same_as<const typename T::key_type&>;
                          { element.second } -> std::same_as<const typename T::mapped_type&>;
                        });

template <class T>
void encode_element(Encoder& encoder, const ElementOf<T>& element) {
  if constexpr (MapLike<T>) {
    wire::encode<typename T::key_type>(encoder, element.first);
    wire::encode<typename T::mapped_type>(encoder, element.second);
  } else {
    wire::encode(encoder, element);
  }
}

template <class T>
void encode_each(Encoder& encoder, const T& range) {
  for (auto&& element : range) {
    const std::size_t before = encoder.own_size();
    encode_element<T>(encoder, element);
    if (encoder.own_size() == before) encoder.bytes("", 1);  // an empty struct, say
  }
}

}  // namespace detail

template <class T>
concept Container = ForwardRange<const T> && std::default_initializable<T> && requires {
  typename T::value_type;
} && !detail::kIsString<T> && (detail::Appends<T> || detail::Inserts<T> || detail::Links<T>);

// The length and the elements; `T` may be a view, too.
template <ForwardRange T>
void encode_range(Encoder& encoder, const T& range) {
  encoder.length(static_cast<std::size_t>(std::distance(std::begin(range), std::end(range))));
  if constexpr (detail::FlatSequence<const T>) {
    encoder.elements(std::data(range), std::size(range) * sizeof(*std::data(range)));
  } else {
    const Nesting level(encoder);
    if constexpr (detail::HoldsElements<const T>) {
      detail::encode_each(encoder, range);
    } else {
      const Copying elements_go_at_once(encoder);
      detail::encode_each(encoder, range);
    }
  }
}

template <Container T>
struct Family<T> {
  using Value = typename T::value_type;
  using Parts = typename detail::ElementParts<T>::type;

  static void encode(Encoder& encoder, const T& container) { encode_range(encoder, container); }

  static T decode(Decoder& decoder) {
    const std::size_t count = decoder.length();
    if constexpr (detail::FlatSequence<T> && std::default_initializable<Value> &&
                  std::movable<Value> && requires(T& t) { t.resize(count); }) {
      return decode_flat(decoder, count);
    } else {
      detail::checked_bytes(decoder, count, 1);
      const Nesting level(decoder);
      T container;
      if constexpr (requires { container.reserve(count); }) {
        container.reserve(count < kMostReserved ? count : kMostReserved);
      }
      auto last = before_first(container);
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t before = decoder.remaining();
        decode_element(decoder, container, last);
        if (decoder.remaining() == before) decoder.take(1);
      }
      return container;
    }
  }

 private:
  // Some 64 KiB; beyond that the container grows as the elements really arrive.
  static constexpr std::size_t kMostReserved = 1 + 65536 / sizeof(Value);

  // `last` is where the element before was linked in; only a forward_list needs to know.
  template <class Iterator>
  static void decode_element(Decoder& decoder, T& container, [[maybe_unused]] Iterator& last) {
    if constexpr (MapLike<T>) {
      auto key = wire::decode<typename T::key_type>(decoder);
      container.emplace_hint(container.end(), std::move(key),
                             wire::decode<typename T::mapped_type>(decoder));
    } else if constexpr (detail::Appends<T>) {
      container.push_back(wire::decode<Value>(decoder));
    } else if constexpr (detail::Inserts<T>) {
      container.emplace_hint(container.end(), wire::decode<Value>(decoder));
    } else {
      last = container.insert_after(last, wire::decode<Value>(decoder));
    }
  }

  static auto before_first(T& container) {
    if constexpr (detail::Links<T>) {
      return container.before_begin();
    } else {
      return container.end();
    }
  }

  static T decode_flat(Decoder& decoder, std::size_t count) {
    const std::size_t bytes = detail::checked_bytes(decoder, count, sizeof(Value));
    T container;
    constexpr bool reserves = requires { container.reserve(count); };
    if constexpr (reserves) {
      container.reserve(count);
      os::will_be_filled(std::data(container), bytes);
    }
    if constexpr (sizeof(Value) == 1 && requires(const Value* p) { container.assign(p, p); }) {
      // From the message itself, which spares filling the container with zeros first.
      const auto* first = reinterpret_cast<const Value*>(decoder.take(bytes));
      container.assign(first, first + count);
    } else {
      // The zeros that a step fills in are in the cache still when its elements come.
      constexpr std::size_t kStep = 1 + 16384 / sizeof(Value);
      for (std::size_t done = 0; done < count;) {
        const std::size_t some = reserves && count - done > kStep ? kStep : count - done;
        container.resize(done + some);
        decoder.copy(std::data(container) + done, some * sizeof(Value));
        done += some;
      }
    }
    return container;
  }
};

}  // namespace pactor::wire
