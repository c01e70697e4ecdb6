// libc++ declares these as its own, and its library for this target has them not (shim/fstream).
#include <fstream>

template class std::basic_filebuf<char>;
template class std::basic_ifstream<char>;
template class std::basic_fstream<char>;
