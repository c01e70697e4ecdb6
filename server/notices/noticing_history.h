#pragma once

#include "server/history/recorder.h"
#include "server/notices/recorder.h"

namespace mibun::server {

// The history, which also tells the person what they would want to hear at once: who writes an event into the history
// of somebody need not think of the notice. The table of what is told stands in noticing_history.cc.
class NoticingHistory final : public HistoryRecorder {
 public:
  NoticingHistory(HistoryRecorder& history, NoticeRecorder& notices) : history_(history), notices_(notices) {}

  Status record(database::Transaction& transaction, const keyd::PersonId& person, HistoryKind kind,
                const json::Object& details) override;
  void ask_ahead(const keyd::PersonId& person, HistoryKind kind, const json::Object& details) override {
    history_.ask_ahead(person, kind, details);  // a notice asks nothing
  }

 private:
  HistoryRecorder& history_;
  NoticeRecorder& notices_;
};

}  // namespace mibun::server
