// seal
