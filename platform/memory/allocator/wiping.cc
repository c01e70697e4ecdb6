#include <malloc.h>

#include <cstddef>
#include <cstring>

// What the whole process frees is overwritten first: linked into the program, these two take the place of the C
// library's in everything that it loads (C++ strings and buffers, OpenSSL, SQLite, libcurl, JSON), and hand the memory
// back to it. Everything else of malloc is the C library's own. Not in builds with a sanitizer, which has an allocator
// of its own. docs/decisions/0056.
extern "C" {

// The C library's, under the names that it has for whoever stands in front.
void* __libc_malloc(std::size_t size);  // NOLINT(bugprone-reserved-identifier)
void __libc_free(void* memory);         // NOLINT(bugprone-reserved-identifier)

void free(void* memory) noexcept {
  if (memory == nullptr) return;
  explicit_bzero(memory, malloc_usable_size(memory));
  __libc_free(memory);
}

// The C library's would move the content and leave the old place as it is.
void* realloc(void* memory, std::size_t size) noexcept {
  if (memory == nullptr) return __libc_malloc(size);
  if (size == 0) {
    free(memory);
    return nullptr;
  }
  const std::size_t has = malloc_usable_size(memory);
  if (size <= has && size >= has / 2) {
    explicit_bzero(static_cast<char*>(memory) + size, has - size);
    return memory;
  }
  void* moved = __libc_malloc(size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, memory, size < has ? size : has);
  free(memory);
  return moved;
}
}
