#include "bot/config/yaml_tree.hpp"

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <utility>

namespace bot::config {
namespace {

constexpr int kDepthMax = 16;
// Far beyond any configuration; stops documents whose aliases multiply.
constexpr std::size_t kValuesMax = 20'000;

class Copier {
public:
    YamlDocument run(const YAML::Node& root) {
        document_.root = copy(root, 0);
        if (values_ > kValuesMax) {
            document_.mistakes.push_back(
                {0, "The document has more than 20000 values", "Split it or remove aliases"});
        }
        return std::move(document_);
    }

private:
    // Marks count from 0.
    static int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

    YamlValue copy(const YAML::Node& node, int depth) {
        YamlValue value;
        value.line = line_of(node);
        if (++values_ > kValuesMax) return value;
        if (depth > kDepthMax) {
            document_.mistakes.push_back(
                {value.line, "This is nested too deeply", "Check the indentation"});
            return value;
        }
        if (node.IsScalar()) {
            value.kind = YamlValue::Kind::kText;
            value.text = node.Scalar();
        } else if (node.IsSequence()) {
            value.kind = YamlValue::Kind::kList;
            for (const auto& item : node)
                value.items.push_back(copy(item, depth + 1));
        } else if (node.IsMap()) {
            value.kind = YamlValue::Kind::kMap;
            for (const auto& pair : node)
                add_entry(value, pair.first, pair.second, depth);
        }
        return value;
    }

    void add_entry(YamlValue& map, const YAML::Node& key, const YAML::Node& value, int depth) {
        if (!key.IsScalar()) {
            document_.mistakes.push_back({line_of(key), "A key must be a text", "Quote the key"});
            return;
        }
        // yaml-cpp accepts a repeated key and silently uses the first value.
        for (const auto& entry : map.entries) {
            if (entry.key != key.Scalar()) continue;
            document_.mistakes.push_back({line_of(key),
                                          "The key \"" + entry.key + "\" is here again; line " +
                                              std::to_string(entry.line) + " has it already",
                                          "Remove or rename one of the two"});
            return;
        }
        map.entries.push_back({key.Scalar(), line_of(key), copy(value, depth + 1)});
    }

    YamlDocument document_;
    std::size_t values_ = 0;
};

}  // namespace

YamlDocument parse_yaml(std::string_view text) {
    try {
        return Copier().run(YAML::Load(std::string(text)));
    } catch (const YAML::Exception& error) {
        YamlDocument document;
        document.mistakes.push_back({error.mark.line + 1, "This is not YAML: " + error.msg,
                                     "Check indentation, colons and quotes around this line"});
        return document;
    }
}

}  // namespace bot::config
