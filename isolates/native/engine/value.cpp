#include "engine/value.h"

namespace isolates::engine {
namespace {

std::string widened(const std::string& latin1) {
  std::u16string wide;
  wide.reserve(latin1.size());
  for (char unit : latin1) wide += static_cast<unsigned char>(unit);
  return {reinterpret_cast<const char*>(wide.data()), wide.size() * sizeof(char16_t)};
}

}  // namespace

void Text::append(const Text& more) {
  if (more.two_byte && !two_byte) *this = {true, widened(units)};
  units += two_byte && !more.two_byte ? widened(more.units) : more.units;
}

}  // namespace isolates::engine
