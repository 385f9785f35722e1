// Types as values: a list of them, and one that carries another without making an object of it.
#pragma once

namespace pactor::runtime {

template <class... T>
struct List {};

template <class T>
struct Tag {};  // carries a type, complete or not, to functions found by argument-dependent look-up

}  // namespace pactor::runtime
