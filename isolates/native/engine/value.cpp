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

Text Text::from(size_t start) const { return {two_byte, units.substr(two_byte ? start * 2 : start)}; }

Text Text::until(size_t end) const { return {two_byte, units.substr(0, two_byte ? end * 2 : end)}; }

size_t Text::find(const std::string& ascii) const {
  std::string wanted = two_byte ? widened(ascii) : ascii;
  size_t at = units.find(wanted);
  while (two_byte && at != std::string::npos && at % 2 != 0) at = units.find(wanted, at + 1);
  if (at == std::string::npos) return length();
  return two_byte ? at / 2 : at;
}

}  // namespace isolates::engine
