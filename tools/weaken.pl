# Makes every check of a C++ source switchable: reads a file, writes it with each
#   if (CONDITION) return fail(...);   and   MIBUN_CHECK(...);
# turned into one that does nothing in a process whose MIBUN_WEAK is the check's number. The list of checks goes to
# standard error: number, line, text. Arguments: the first number, the file. For tools/weaken.
use strict;
use warnings;

my ($number, $file) = @ARGV;
open my $in, '<', $file or die "$file: $!\n";
local $/;
my $text = <$in>;

my $string = qr/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)'/;
my $round = qr/(\((?:[^()"']++|$string|(?-1))*+\))/;
# What refuses: fail(...) and the small helpers around it, which are named after what they say.
my $refusal = qr/return\s+(?:std::unexpected|(?:\w+::)*\w*(?:fail|malformed|bad|wrong|reserved|refus|not_|unexpected|mismatch|invalid|error|too_)\w*)\s*\(/;

sub line_of { my ($offset) = @_; return 1 + (substr($text, 0, $offset) =~ tr/\n//); }

# [where it begins, what is written before it, where it ends, what is written behind it, text]: insertions only, since
# one check can stand inside another's lambda.
my @checks;
while ($text =~ /\bif\s*$round(?=\s*(?:\[\[unlikely\]\]\s*)?\{?\s*$refusal)/g) {
  my ($begin, $end) = ($-[1] + 1, $+[1] - 1);
  my $inside = substr($text, $begin, $end - $begin);
  if ($inside =~ /^((?:[^;{"']|$string)*;)/s) {  # what is declared in front of the condition
    $begin += length $1;
    $inside = substr($inside, length $1);
  }
  next if $inside =~ /^\s*(?:const\s+)?(?:auto|[A-Za-z_:<>]+)\s*[*&]?\s*\w+\s*=[^=]/s;  # a declaration as condition
  push @checks, [$begin, '!mibun_weak::off(%d) && (', $end, ')', $inside];
}
while ($text =~ /^[ \t]*(MIBUN_CHECK\s*$round;)/mg) {
  push @checks, [$-[1], 'if (!mibun_weak::off(%d)) { ', $+[1], ' }', $1];
}
my @insertions;
for my $check (sort { $a->[0] <=> $b->[0] } @checks) {
  my ($begin, $before, $end, $behind, $said) = @$check;
  push @insertions, [$begin, sprintf($before, $number)], [$end, $behind];
  (my $line = $said) =~ s/\s+/ /g;
  $line =~ s/^ | $//g;
  print STDERR join("\t", $number++, $file, line_of($begin), $line), "\n";
}
for my $insertion (sort { $b->[0] <=> $a->[0] } @insertions) {
  substr($text, $insertion->[0], 0) = $insertion->[1];
}
open my $out, '>', $file or die "$file: $!\n";
print $out $text;
