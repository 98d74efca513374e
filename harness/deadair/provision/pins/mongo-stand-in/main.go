// A stand-in for MongoDB: FerretDB inside one small program, its data in SQLite files of one folder.
//
// usage: mongo-stand-in HOST:PORT FOLDER | mongo-stand-in -version
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

const module = "github.com/FerretDB/FerretDB"

func main() {
	log.SetFlags(0)
	if len(os.Args) == 2 && os.Args[1] == "-version" {
		fmt.Println("FerretDB", version())
		return
	}
	if len(os.Args) != 3 {
		log.Fatal("usage: mongo-stand-in HOST:PORT FOLDER | mongo-stand-in -version")
	}
	address, folder := os.Args[1], os.Args[2]
	// It knows no password, so nobody but this machine may reach it.
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		log.Fatalf("%s is no address of this machine alone: write 127.0.0.1:PORT", address)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		log.Fatal(err)
	}
	config := ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: address},
		Handler:   "sqlite",
		SQLiteURL: "file:" + folder + "/",
	}
	server, err := ferretdb.New(&config)
	if err != nil {
		log.Fatal(err)
	}
	until, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := server.Run(until); err != nil {
		log.Fatal(err)
	}
}

// version returns the version of FerretDB that was built in.
func version() string {
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, one := range built.Deps {
			if one.Path == module {
				return one.Version
			}
		}
	}
	return "unknown"
}
