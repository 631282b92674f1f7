#!/usr/bin/perl
# Gives tickets one and the same LastUpdated, as a bulk update does. Reads their numbers from the arguments.
# Needs RT_SITE_CONFIG in the environment.
use strict; use warnings;
use lib '/usr/share/request-tracker5/lib', '/usr/local/share/request-tracker5/lib';
use RT; RT::LoadConfig(); RT::Init();

my $now = RT::Date->new(RT->SystemUser);
$now->SetToNow;
for my $number (@ARGV) {
    my $ticket = RT::Ticket->new(RT->SystemUser);
    $ticket->Load($number);
    my ($ok, $words) = $ticket->__Set(Field => 'LastUpdated', Value => $now->ISO);
    die "ticket $number: $words\n" unless $ok || $words =~ /current value/i;
}
