// SPDX-License-Identifier: Apache-2.0
#include "CTOML.h"
#include <toml++/toml.h>
#include <cstring>
#include <sstream>
#include <string>
#include <string_view>
namespace {
using on_event = void (*)(void *, const ctoml_event *);
void walk(const toml::node &n, const std::string_view *key, on_event on, void *context) {
  ctoml_event e{};
  if (key) { e.key = key->data(); e.key_length = key->size(); }
  e.line = n.source().begin.line; e.column = n.source().begin.column;
  std::string text;
  switch (n.type()) {
    case toml::node_type::table:
      e.kind = CTOML_TABLE; on(context, &e);
      for (auto &&[k, v] : *n.as_table()) { const std::string_view name = k.str(); walk(v, &name, on, context); }
      e.kind = CTOML_END; e.key = nullptr; on(context, &e); return;
    case toml::node_type::array:
      e.kind = CTOML_ARRAY; on(context, &e);
      for (auto &&v : *n.as_array()) walk(v, nullptr, on, context);
      e.kind = CTOML_END; e.key = nullptr; on(context, &e); return;
    case toml::node_type::string: e.kind = CTOML_STRING; e.text = (**n.as_string()).data(); e.text_length = (**n.as_string()).size(); break;
    case toml::node_type::integer: e.kind = CTOML_INTEGER; e.integer = **n.as_integer(); break;
    case toml::node_type::floating_point: e.kind = CTOML_FLOAT; e.real = **n.as_floating_point(); break;
    case toml::node_type::boolean: e.kind = CTOML_BOOLEAN; e.boolean = **n.as_boolean(); break;
    default: { std::ostringstream s; n.visit([&](auto &&v) { if constexpr (!toml::is_container<decltype(v)>) s << *v; }); text = s.str();
      e.kind = CTOML_TIME; e.text = text.data(); e.text_length = text.size(); }
  }
  on(context, &e);
}
}
int ctoml_read(const char *bytes, size_t length, on_event on, void *context, ctoml_error *error) {
  try {
    const toml::table t = toml::parse(std::string_view{bytes, length}, std::string_view{});
    walk(t, nullptr, on, context);
    return 0;
  } catch (const toml::parse_error &e) {
    error->line = e.source().begin.line; error->column = e.source().begin.column;
    std::strncpy(error->reason, std::string(e.description()).c_str(), sizeof error->reason - 1);
    return 1;
  } catch (...) { return 2; }
}
