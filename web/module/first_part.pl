# first_part.pl MODULE.wat FIRST_STEPS.mjs OUT: which functions the first part of the module has, one number a line, for
# wasm-split --keep-funcs. They are the steps of the list, whatever may be called through the table (but for the other steps),
# what the module exports, and all that these call. So the first part calls nothing of the second but a step that is not in the
# list, and web/core waits for the second part before it runs one.
use strict;
use warnings;

@ARGV == 3 or die "usage: first_part.pl MODULE.wat FIRST_STEPS.mjs OUT\n";
my ($module, $list, $out) = @ARGV;

open my $steps, '<', $list or die "$list: $!\n";
my ($set) = join('', <$steps>) =~ /FIRST_STEPS = new Set\(\[([^\]]*)\]\)/ or die "$list has no FIRST_STEPS\n";
my %wanted = map { $_ => 1 } $set =~ /'(\w+)'/g;

my (@names, %number, @calls, @roots);
open my $text, '<', $module or die "$module: $!\n";
while (<$text>) {
  if (/^ \(func \$(\S+)/) {
    push @names, $1;
    $number{$1} = $#names;
    push @calls, [];
  } elsif (/^ \(export "[^"]*" \(func \$(\S+)\)\)/ or /^ \(start \$(\S+)\)/) {
    push @roots, $1;
  } elsif (/^ \(elem /) {
    s/^ \(elem \(i32\.const \d+\) // or die "$module: a part of the table that is not known\n";
    s/\)\s*$//;
    for my $name (map { s/^\$//r } split) {
      # A step, or what a step calls through a pointer.
      push @roots, $name unless $name =~ /^mibun::wallet::Steps::(\w+)\\28mibun::json::ObjectReader&\\29$/ and not delete $wanted{$1};
    }
  }
  push @{$calls[-1]}, /\((?:return_)?call \$([^\s()]+)/g if @names;
}
%wanted and die "$module has no step " . join(', ', sort keys %wanted) . "\n";

my %kept;
while (defined(my $name = pop @roots)) {
  next if $kept{$name}++ or not exists $number{$name};  # an import has no number
  push @roots, @{$calls[$number{$name}]};
}
open my $keep, '>', $out or die "$out: $!\n";
print $keep map { "$_\n" } sort { $a <=> $b } map { $number{$_} } grep { exists $number{$_} } keys %kept;
close $keep or die "$out: $!\n";
