#!/bin/sh
# Makes the certificates of fuzz/corpus/certificate with OpenSSL 3, into the folder that is named: one for every kind of name,
# extension and signature that is looked at. What came of it is kept, since keys and signatures are new each time.
set -eu
into=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"
openssl ecparam -name prime256v1 -genkey -noout -out p256
openssl ecparam -name secp384r1 -genkey -noout -out p384
openssl ecparam -name secp521r1 -genkey -noout -out p521
openssl genpkey -quiet -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -out rsa
openssl genpkey -quiet -algorithm ed25519 -out ed25519
openssl genpkey -quiet -algorithm ed448 -out ed448

# NAME, the lines of a section of extensions, more arguments
make() {
  name=$1 extensions=$2
  shift 2
  {
    printf '[req]\ndistinguished_name=dn\nprompt=no\nstring_mask=%s\nutf8=yes\n' "${mask:-utf8only}"
    printf '[dn]\n%s\n[ext]\n%b\n' "${subject:-CN=$name}" "$extensions"
    printf '[dir]\nC=DE\n0.O=Pipes\n1.+CN=inner\n'
  } >config
  openssl req -x509 -new -config config -extensions ext -key "${key:-p256}" -days "${days:-36500}" "$@" \
    -outform der -out "$into/$name"
}

make names 'subjectAltName=@san\n[san]\nDNS.0=example.org\nDNS.1=*.example.org\nDNS.2=xn--bcher-kva.example\nemail=a@example.org\nURI=https://example.org/a?b\nIP.0=192.0.2.1\nIP.1=2001:db8::1\ndirName=dir\nRID=1.2.840.113549.9\notherName=1.2.3.4;UTF8:other'
make no-name 'basicConstraints=CA:FALSE'
# In DER: names with a NUL and a line break, addresses of no known length, an EDI party; a letter of Latin 1; one of X.400.
make hostile-names '2.5.29.17=DER:304f82166578616d706c652e6f7267002e6576696c2e746573748206610a622e6f72810e614065782e6f7267002e6576696c860a687474703a2f2f610062870501020304058700a508a1060c0470617274'
make latin-1-name '2.5.29.17=DER:30058203e42e61'
make x400-name '2.5.29.17=DER:3004a3023000'
make empty-names '2.5.29.17=DER:3000'
make places 'authorityInfoAccess=OCSP;URI:http://ocsp.example/,caIssuers;URI:http://ca.example/a.der,OCSP;URI:http://ocsp2.example/,OCSP;DNS:ocsp.example\ncrlDistributionPoints=one,two,three\n[one]\nfullname=URI:http://crl.example/1,URI:ldap://crl.example/2\nreasons=keyCompromise\n[two]\nCRLissuer=dirName:dir\nfullname=URI:http://crl.example/3\n[three]\nrelativename=rel\n[rel]\nCN=relative'
make authority 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign,digitalSignature'
make all-uses 'keyUsage=digitalSignature,nonRepudiation,keyEncipherment,dataEncipherment,keyAgreement,encipherOnly,decipherOnly'
make no-authority 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature'
subject='C=DE
ST=Länd
L=Örtchen
street=Way, 1
O=Pipes \"and\" Sons
0.OU=one
1.OU=two
2.+OU=two-b
title=\#boss
description= with blanks 
businessCategory=Private Organization
postalCode=00001
telephoneNumber=+49 1
name=n
SN=s
GN=g
initials=i
generationQualifier=III
dnQualifier=q
pseudonym=p
serialNumber=42
UID=u
DC=dc
emailAddress=a@example.org
unstructuredName=un
unstructuredAddress=ua
jurisdictionL=jl
jurisdictionST=js
jurisdictionC=DE
0.1.2.3.4.5=unknown
0.2.25.329800735698586629295641978511506172918=of a UUID
CN=every attribute' make attributes ''
mask=MASK:0x800 subject='CN=büro ✓' make bmp-string ''
mask=MASK:0x4 subject='CN=büro' make teletex-string ''
subject='CN=büro ✓' make utf8-string ''
make serial-zero '' -set_serial 0
make serial-negative '' -set_serial -256
make serial-minus-one '' -set_serial -1
make serial-high-bit '' -set_serial 0xff
make serial-long '' -set_serial 0x0123456789abcdef0123456789abcdef0123456789abcdef01
days=3 make utc-time ''
key=p384 make ecdsa-sha384 '' -sha384
key=p521 make ecdsa-sha512 '' -sha512
key=p256 make ecdsa-sha1 '' -sha1
key=p256 make ecdsa-sha224 '' -sha224
key=p256 make ecdsa-sha3 '' -sha3-256
key=rsa make rsa-md5 '' -md5
key=rsa make rsa-sha1 '' -sha1
key=rsa make rsa-sha256 '' -sha256
key=rsa make rsa-sha384 '' -sha384
key=rsa make rsa-sha512 '' -sha512
for hash in sha1 sha256 sha384 sha512; do
  key=rsa make "pss-$hash" '' "-$hash" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20
done
key=rsa make pss-two-hashes '' -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:sha512
key=ed25519 make ed25519 ''
key=ed448 make ed448 ''

# The first version, and dates before 1970 and after 9998.
openssl req -new -key p256 -subj /CN=first-version -out request
openssl x509 -req -in request -key p256 -days 36500 -outform der -out "$into/first-version" 2>/dev/null
: >index
echo 01 >serial
printf '[ca]\nserial=serial\ndatabase=index\nnew_certs_dir=.\npolicy=any\ndefault_md=sha256\n[any]\nCN=supplied\n' >ca
openssl req -x509 -new -key p256 -subj /CN=old -days 1 -out self
openssl ca -batch -config ca -name ca -cert self -keyfile p256 -in request -startdate 19500101000000Z \
  -enddate 99991231235959Z -notext -out old 2>/dev/null
openssl x509 -in old -outform der -out "$into/old-and-without-end"
