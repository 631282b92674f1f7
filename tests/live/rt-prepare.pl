#!/usr/bin/perl
# Prepares a Request Tracker 5 for the live tests: what REST2 cannot do (apply fields to a queue, grant
# rights, make tokens). Reads a description in JSON from the standard input, prints one JSON object:
# the queue's id and a token for each user. Made again, it finds what is there.
# Needs RT_SITE_CONFIG in the environment.
use strict; use warnings;
use lib '/usr/share/request-tracker5/lib', '/usr/local/share/request-tracker5/lib';
use JSON (); use RT; RT::LoadConfig(); RT::Init();
require RT::AuthToken;

my $system = RT->SystemUser;
my $wanted = JSON::decode_json(do { local $/; <STDIN> });

sub done { my ($ok, $words, $what) = @_; die "$what: " . ($words // 'refused') . "\n" unless $ok; return $ok }

my $queue = RT::Queue->new($system);
$queue->Load($wanted->{queue});
done($queue->Create(Name => $wanted->{queue}), 'queue') unless $queue->id;

for my $field (@{ $wanted->{fields} }) {
    my %given  = %$field;
    my $values = delete $given{Values} || [];
    my $found  = RT::CustomField->new($system);
    $found->LoadByCols(Name => $given{Name}, LookupType => $given{LookupType});
    unless ($found->id) {
        done(($found->Create(%given))[0, 1], $given{Name});
        done(($found->AddValue(Name => $_))[0, 1], $_) for @$values;
    }
    done(($found->AddToObject($queue))[0, 1], "apply $given{Name}") unless $found->IsAdded($queue->id);
}

my %token;
for my $user (@{ $wanted->{users} }) {
    my %given  = %$user;
    my $rights = delete $given{Rights} || [];
    my $global = delete $given{Global} || [];
    my $found  = RT::User->new($system);
    $found->Load($given{Name});
    done(($found->Create(%given, Privileged => 1))[0, 1], $given{Name}) unless $found->id;
    for my $right (@$rights) {
        next if $found->PrincipalObj->HasRight(Right => $right, Object => $queue);
        done(($found->PrincipalObj->GrantRight(Right => $right, Object => $queue))[0, 1], $right);
    }
    for my $right (@$global) {
        next if $found->PrincipalObj->HasRight(Right => $right, Object => RT->System);
        done(($found->PrincipalObj->GrantRight(Right => $right, Object => RT->System))[0, 1], $right);
    }
    my ($ok, $words, $secret) = RT::AuthToken->new($system)->Create(Owner => $found->id, Description => 'live test');
    done($ok, $words, 'token');
    $token{ $given{Name} } = $secret;
}

# Notification scrips would write one mail a comment, and slow the tests down.
my $scrips = RT::Scrips->new($system);
$scrips->UnLimit;
while (my $scrip = $scrips->Next) {
    $scrip->SetDisabled(1) if ($scrip->ActionObj->ExecModule // '') =~ /Notify|Autoreply/;
}
print JSON::encode_json({ queue => $queue->id, tokens => \%token });
