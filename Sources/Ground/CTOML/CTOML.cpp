// SPDX-License-Identifier: Apache-2.0
#include "CTOML.h"
#include <toml++/toml.h>
#include <cstring>
#include <sstream>
#include <string>
#include <string_view>

namespace {
using on_event = void (*)(void *, const ctoml_event *);

void walk(const toml::node &node, const std::string_view *key, on_event on, void *context) {
  ctoml_event event{};
  if (key) {
    event.key = key->data();
    event.key_length = key->size();
  }
  event.line = node.source().begin.line;
  event.column = node.source().begin.column;
  std::string text;
  switch (node.type()) {
    case toml::node_type::table:
      event.kind = CTOML_TABLE;
      on(context, &event);
      for (auto &&[k, value] : *node.as_table()) {
        const std::string_view name = k.str();
        walk(value, &name, on, context);
      }
      event.kind = CTOML_END;
      event.key = nullptr;
      break;
    case toml::node_type::array:
      event.kind = CTOML_ARRAY;
      on(context, &event);
      for (auto &&value : *node.as_array()) walk(value, nullptr, on, context);
      event.kind = CTOML_END;
      event.key = nullptr;
      break;
    case toml::node_type::string:
      event.kind = CTOML_STRING;
      event.text = (**node.as_string()).data();
      event.text_length = (**node.as_string()).size();
      break;
    case toml::node_type::integer:
      event.kind = CTOML_INTEGER;
      event.integer = **node.as_integer();
      break;
    case toml::node_type::floating_point:
      event.kind = CTOML_FLOAT;
      event.real = **node.as_floating_point();
      break;
    case toml::node_type::boolean:
      event.kind = CTOML_BOOLEAN;
      event.boolean = **node.as_boolean();
      break;
    default: {
      std::ostringstream stream;
      node.visit([&](auto &&value) {
        if constexpr (!toml::is_container<decltype(value)>) stream << *value;
      });
      text = stream.str();
      event.kind = CTOML_TIME;
      event.text = text.data();
      event.text_length = text.size();
    }
  }
  on(context, &event);
}
}  // namespace

int ctoml_read(const char *bytes, size_t length, on_event on, void *context, ctoml_error *error) {
  try {
    const toml::table table = toml::parse(std::string_view{bytes, length}, std::string_view{});
    walk(table, nullptr, on, context);
    return 0;
  } catch (const toml::parse_error &e) {
    error->line = e.source().begin.line;
    error->column = e.source().begin.column;
    std::strncpy(error->reason, std::string(e.description()).c_str(), sizeof error->reason - 1);
    return 1;
  } catch (...) {
    return 2;
  }
}
