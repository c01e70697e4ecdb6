# Reads tests/weaken/attacks.txt and writes each attack's weakened sources. Arguments: the list, the folder to write to,
# then ids (all when there are none). Standard output, a line for each edit: id, program, file, line, path written.
# An attack whose check cannot be found in its file, or is there twice, is an error: the list must follow the code.
use strict;
use warnings;
use File::Basename;
use File::Path qw(make_path);

my ($list, $folder, @wanted) = @ARGV;
my %wanted = map { $_ => 1 } @wanted;
open my $in, '<', $list or die "$list: $!\n";
my ($id, $program, $file, $take, %sources);
my @lines;
while (my $line = <$in>) {
  chomp $line;
  next if $line =~ /^\s*(#|$)/;
  $line =~ /^(attack|what|test|none|in|take|put)\b ?(.*)$/ or die "$list:$.: not understood: $line\n";
  my ($key, $rest) = ($1, $2);
  if ($key eq 'attack') { ($id, $program, $file, $take) = ($rest); }
  elsif ($key eq 'test') { $program = $rest; }
  elsif ($key eq 'in') { $file = $rest; }
  elsif ($key eq 'take') { $take = $rest; }
  elsif ($key eq 'put') { edit($rest) if !%wanted || $wanted{$id}; }
}
for my $key (sort keys %sources) {
  my ($of, $path) = split /\t/, $key;
  my $target = "$folder/$of/$path";
  make_path(dirname($target));
  open my $out, '>', $target or die "$target: $!\n";
  print $out $sources{$key};
}
print @lines;

sub edit {
  my ($put) = @_;
  my $key = "$id\t$file";
  if (!exists $sources{$key}) {
    open my $source, '<', $file or die "$id: $file: $!\n";
    local $/;
    $sources{$key} = <$source>;
  }
  my $pattern = join '\s+', map { quotemeta } split ' ', $take;  # as clang-format breaks lines
  my @found;
  while ($sources{$key} =~ /$pattern/g) { push @found, [$-[0], $+[0]]; }
  die "$id: in $file the check stands " . scalar(@found) . " times, not once: $take\n" if @found != 1;
  my ($begin, $end) = @{$found[0]};
  my $number = 1 + (substr($sources{$key}, 0, $begin) =~ tr/\n//);
  substr($sources{$key}, $begin, $end - $begin) = $put;
  push @lines, join("\t", $id, $program, $file, $number, "$folder/$id/$file") . "\n";
}
