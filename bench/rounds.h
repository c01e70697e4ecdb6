#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace mibun::bench {

// Of this thread: neighbours on the machine do not count.
double thread_cpu_seconds();

// Calls per CPU second, for about `turn`.
template <class Work>
Result<double> rate(milliseconds turn, Work&& work) {
  constexpr int kBatch = 16;  // between two looks at the clock
  const double seconds = static_cast<double>(turn.count()) / 1000;
  const double begin = thread_cpu_seconds();
  double elapsed = 0;
  int calls = 0;
  while (elapsed < seconds || calls == 0) {
    for (int i = 0; i < kBatch; ++i) MIBUN_CHECK(work());
    calls += kBatch;
    elapsed = thread_cpu_seconds() - begin;
  }
  return calls / elapsed;
}

struct Share {
  double ratio = 0;  // 1.0 is what the crypto library reaches alone
  double per_second = 0;
  double raw_per_second = 0;
};

// `raw` and `work` take turns, `rounds` times; the round with the median ratio is told.
template <class Raw, class Work>
Result<Share> measure_share(int rounds, milliseconds turn, Raw&& raw, Work&& work) {
  std::vector<Share> shares;
  for (int round = 0; round < rounds; ++round) {
    Share share;
    MIBUN_TRY(share.raw_per_second, rate(turn, raw));
    MIBUN_TRY(share.per_second, rate(turn, work));
    share.ratio = share.per_second / share.raw_per_second;
    shares.push_back(share);
  }
  if (shares.empty()) return fail(ErrorCode::invalid_argument, "rounds");
  std::ranges::sort(shares, {}, &Share::ratio);
  return shares[shares.size() / 2];
}

using Work = std::function<Status()>;
// How many times the work of one thread two threads do in the same wall-clock time, each on a CPU of its own: the
// median of `rounds`. 0 when this process may use one CPU only.
Result<double> measure_two_threads(int rounds, milliseconds turn, const Work& first, const Work& second);

}  // namespace mibun::bench
