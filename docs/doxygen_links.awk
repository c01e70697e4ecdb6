# Links out of docs/ lead to files that the manual does not have: their text stays, the link goes. Fences are left alone.
/^```/ { fenced = !fenced }
!fenced { while (match($0, /\]\(\.\.\/[^)]*\)/)) $0 = substr($0, 1, RSTART) substr($0, RSTART + RLENGTH) }
{ print }
