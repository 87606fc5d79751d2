// Certificates for tests with TLS, made by the openssl command.
#pragma once

#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace insight::integration {

// Two authorities; of the first a broker (on 127.0.0.1) and a client, of the other a stranger. PEM files in a
// temporary folder that goes with it.
class Certificates {
 public:
  struct Identity {
    std::string certificate, key;
  };

  Certificates() {
    std::string pattern = (std::filesystem::temp_directory_path() / "insight-certificates-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    for (const char* authority : {"ours", "others"})
      run("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=" + std::string(authority) + " -keyout " +
          path(authority, "key") + " -out " + path(authority, "pem"));
    issue("broker", "ours");
    issue("client", "ours");
    issue("stranger", "others");
    run("cat " + path("broker", "key") + " " + path("broker", "pem") + " > " + broker());
  }
  ~Certificates() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  std::string authority() const { return path("ours", "pem"); }
  std::string other_authority() const { return path("others", "pem"); }
  std::string broker() const { return path("keystore", "pem"); }   // key and certificate, as Kafka wants them
  Identity client() const { return {path("client", "pem"), path("client", "key")}; }
  Identity stranger() const { return {path("stranger", "pem"), path("stranger", "key")}; }

 private:
  std::string path(const std::string& name, const std::string& ending) const {
    return (folder_ / (name + "." + ending)).string();
  }

  void issue(const std::string& name, const std::string& authority) {
    run("openssl req -newkey rsa:2048 -nodes -subj /CN=" + name + " -keyout " + path(name, "key") + " -out " +
        path(name, "csr"));
    run("printf 'subjectAltName=IP:127.0.0.1' > " + path(name, "ext"));
    run("openssl x509 -req -days 2 -CAcreateserial -in " + path(name, "csr") + " -extfile " + path(name, "ext") +
        " -CA " + path(authority, "pem") + " -CAkey " + path(authority, "key") + " -out " + path(name, "pem"));
  }

  void run(const std::string& command) const {
    const std::string log = path("openssl", "log");
    if (std::system((command + " 2>>" + log).c_str()) != 0)
      throw std::runtime_error("failed: " + command + ", see " + log);
  }

  std::filesystem::path folder_;
};

}  // namespace insight::integration
