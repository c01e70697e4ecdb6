// Memory of this module for what the host writes into it.

#include <cstdlib>

extern "C" {

__attribute__((export_name("mibun_allocate"))) void* mibun_allocate(std::size_t size) {
  return std::malloc(size);  // NOLINT(cppcoreguidelines-no-malloc)
}

__attribute__((export_name("mibun_free"))) void mibun_free(void* memory) {
  std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}

}  // extern "C"
